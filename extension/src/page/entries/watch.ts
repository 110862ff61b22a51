import { startWatch } from '../watch/record.ts';

startWatch(window);
