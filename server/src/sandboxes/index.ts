export { type OpenHandsOptions, openHands } from './channel/openHands.ts';
export { type DockerDriverOptions, dockerDriver } from './docker/driver.ts';
export * from './driver.ts';
export * from './hands.ts';
