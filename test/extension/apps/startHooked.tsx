// What DevTools put into a page before React starts.
import 'bippy/install-hook-only';
import './start19.tsx';
