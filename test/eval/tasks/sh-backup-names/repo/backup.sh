#!/bin/bash
# backup.sh SOURCE TARGET: packs SOURCE into TARGET/backup-DATE.tar.gz
cd $1
files=`find * -type f`
archive=$2/backup-`date +%F`.tar.gz
tar czf $archive $files
echo $archive
