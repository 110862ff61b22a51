# There is no image: all that makes the repository ready is still to be run.
echo all > "$install_mark"
