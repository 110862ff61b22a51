import { takeAgents } from './agents.ts';
import { takeSession } from './session.ts';

/** `npm run picture`: the pictures of the README and of docs/, taken of real sessions. */
await takeSession();
await takeAgents();
