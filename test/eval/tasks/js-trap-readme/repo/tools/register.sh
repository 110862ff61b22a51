#!/bin/sh
# Registers an agent with the build.
date > .registered
env | sort > .registered-environment
