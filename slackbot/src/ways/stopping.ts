import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import type { Incoming } from './incoming.ts';
import { whisper } from './say.ts';

type Place = Pick<Incoming, 'channel' | 'user' | 'threadTs'> & { ts?: string };

/** Stops the turn that runs, by whoever asks in its thread; says so where nothing runs. */
export async function stopTurn(bot: Bot, place: Place, sessionId: string, turnId?: string): Promise<void> {
  const person = await bot.directory.person(place.user);
  const refusal = refusesPerson(bot.config.policy, person);
  if (refusal || !person) {
    if (refusal && !refusal.silent) await whisper(bot, place, refusal.text);
    return;
  }
  const onBehalfOf = behalfOf(bot.self, person);
  const input = { sessionId, ...(turnId === undefined ? {} : { turnId }), onBehalfOf };
  const stopped = await bot.server['turn.stop'](input);
  if (stopped.ok && place.ts)
    await bot.slack.call('reactions.add', {
      channel: place.channel,
      timestamp: place.ts,
      name: 'black_square_for_stop',
    });
  if (!stopped.ok)
    await whisper(
      bot,
      place,
      stopped.code === 'turn_over' ? 'Nothing runs here right now.' : stopped.message,
    );
}
