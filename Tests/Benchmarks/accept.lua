-- Sends the requests of a file one after the other; each is REQUEST_BYTES long.
local file = assert(io.open(os.getenv("REQUEST_FILE"), "rb"))
local length = tonumber(os.getenv("REQUEST_BYTES"))

function request()
    local bytes = file:read(length)
    if not bytes then os.exit(1) end
    return bytes
end


function done(summary, latency, requests)
    local seconds = summary.duration / 1e6
    io.write(string.format(
        "answered %d in %.1f s: %.0f/s, errors %d, p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms\n",
        summary.requests, seconds, summary.requests / seconds,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
        latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3,
        latency.max / 1e3))
end
