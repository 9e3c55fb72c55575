-- Sends the one request of REQUEST_FILE again and again, after a pause of PAUSE_MS in the mean, and ends with one line of JSON.
local file = assert(io.open(os.getenv("REQUEST_FILE"), "rb"))
local bytes = file:read("*a")
local pause = tonumber(os.getenv("PAUSE_MS") or "0")

function request()
    return bytes
end

if pause > 0 then
    function delay()
        return math.random(1, 2 * pause - 1)
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.3f, "refused": %d, "errors": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
        summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
