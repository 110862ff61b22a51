import assert from 'node:assert/strict';
const { parse } = await import(process.argv[2]);
assert.deepEqual(parse('a,b\r\n"x, y","say ""hi"""\r\n'), [{ a: 'x, y', b: 'say "hi"' }]);
assert.deepEqual(parse('a,b\r\n"two\r\nlines",2\r\n3,4'), [{ a: 'two\r\nlines', b: '2' }, { a: '3', b: '4' }]);
assert.deepEqual(parse('a,b\n,""\n'), [{ a: '', b: '' }]);
assert.deepEqual(parse('a\n x \n'), [{ a: ' x ' }]);
assert.throws(() => parse('a,b\n"one\nmore",2\n3\n'), /\b4\b/);
assert.throws(() => parse('a,b\n1,2,3\n'), /\b2\b/);
console.log('ok');
