FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build --ignore-scripts
# What a server may want and no other user of the package needs, in the versions that it was tested with.
RUN npm install --prefix /server --ignore-scripts --no-audit --no-fund $(node -p " \
  const { packages } = require('./package-lock.json'); \
  Object.keys(packages[''].peerDependencies).map((name) => name + '@' + packages['node_modules/' + name].version).join(' ')")

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 CHATTER_DATA=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /server/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --start-period=30s \
  CMD ["node", "-e", "const { PORT = 8787, CHATTER_BASE = '/' } = process.env; fetch(`http://127.0.0.1:${PORT}${CHATTER_BASE}healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/cli.js", "serve"]
