export { RuntimeKeeper, type KeeperConnection } from './keeper.ts';
