/** Loaded into a server under test by NODE_OPTIONS: a rejection that nobody handles, when it is told. */
process.on('SIGUSR2', () => void Promise.reject(new Error('an injected fault')));
