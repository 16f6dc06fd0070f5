/** Respite in Node: a server on TCP, and the client with files and worker threads. */
export * from '../../index.ts'
export { type NodeOptions, Redis, serveThread, startNodeEngine, type Thread } from './client.ts'
export { parseConf, parseFlags, type Setting } from './conf.ts'
export { ConfigError, ListenError } from './errors.ts'
export { lineLog } from './log.ts'
export { type Log, nodePlatform } from './platform.ts'
export { type RespiteServer, type ServerOptions, startServer } from './server.ts'
export { listen, type TcpOptions, type TcpServer } from './tcp.ts'
