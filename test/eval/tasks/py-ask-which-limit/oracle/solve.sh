sed -i 's/= 250/= 500/' limits.py
sed -i 's/250m/500m/' deploy/proxy.conf
