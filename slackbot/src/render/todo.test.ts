import { expect, test } from '@jest/globals';
import { todoBlocks } from './todo.ts';

const textOf = (blocks: object[]) => JSON.stringify(blocks);

test('a list is lines with signs, in which nothing of the agent is markup', () => {
  const text = textOf(
    todoBlocks([
      { text: 'Read <!channel>', status: 'done' },
      { text: 'Mend', status: 'in_progress' },
      { text: 'Dance', status: 'dropped' },
    ]),
  );
  expect(text).toContain('*1 of 2 done*');
  expect(text).toContain(':white_check_mark: Read &lt;!channel&gt;');
  expect(text).toContain(':arrow_forward: Mend');
  expect(text).toContain(':heavy_minus_sign: ~Dance~');
  expect(todoBlocks([])).toEqual([]);
});

test('of a long list what is next is shown, within what a section holds', () => {
  const items = Array.from({ length: 40 }, (_, i) => ({
    text: `Step ${i} ${'<'.repeat(190)}`,
    status: i < 30 ? ('done' as const) : ('pending' as const),
  }));
  const [block] = todoBlocks(items) as { text: { text: string } }[];
  expect(block?.text.text).toContain('Step 30');
  expect(block?.text.text).toContain('_27 before_');
  expect(block?.text.text.length).toBeLessThanOrEqual(3000);
});
