#!/usr/bin/env ruby
# frozen_string_literal: true

# Receives OpenSense's webhooks, from OpenSense itself or from the relay's adapter `webhook`.
#
# Needs Ruby 3.0 or newer and nothing else. OPENSENSE_SECRET is the webhook's secret, PORT where to listen (8080), DELIVERIES a file
# that keeps which deliveries came (deliveries.txt). Put a proxy that speaks TLS in front.
require "json"
require "openssl"
require "socket"
require "timeout"

SECRET = ENV.fetch("OPENSENSE_SECRET")
abort "OPENSENSE_SECRET is empty: anyone could sign with it." if SECRET.empty?
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1 << 20
HEAD_BYTES_MAX = 16 << 10

# Your own work: page a person, open a ticket. Raising makes the sender try again, and so do more than 5 seconds.
def handle(event, delivery_id)
  warn "delivery #{event["kind"]} #{delivery_id}"
end

# Which deliveries came: a line for each, in a file that is read at the start. Rotate it while the receiver is stopped.
class Deliveries
  def initialize(path)
    @known = File.exist?(path) ? File.foreach(path, chomp: true).to_h { |line| [line, true] } : {}
    torn = File.exist?(path) && File.size(path).positive? && !File.binread(path).end_with?("\n")
    @file = File.open(path, "a")
    @file.write("\n") if torn # the end of a line that a power cut left
    @lock = Mutex.new
  end

  # Yields for an id that is new; the lock makes one that comes twice at a time wait for the first.
  def once(id)
    name = id.dump # on one line, whatever it holds
    @lock.synchronize do
      return "duplicate" if @known.key?(name)
      yield
      @file.puts(name)
      @file.flush
      @file.fsync
      @known[name] = true
      "accepted"
    end
  end
end

# Why the signature is not the sender's, as status and code; nil when it is.
def fault(headers, body)
  parts = headers.fetch("x-opensense-signature", "").split(",").to_h { |part| [*part.strip.split("=", 2), "", ""].first(2) }
  stamp = parts.fetch("t", "")
  return [401, "unauthenticated"] unless stamp.match?(/\A[0-9]{1,12}\z/)

  code = [OpenSSL::HMAC.digest("SHA256", SECRET, "#{stamp}.".b + body)].pack("m0")
  return [401, "unauthenticated"] unless OpenSSL.secure_compare(code, parts.fetch("v1", ""))

  # Authentic: a 429 has it sent again with a new time, where another 4xx would drop it.
  return [429, "timestamp-outside-tolerance"] if (Time.now.to_i - stamp.to_i).abs > TOLERANCE_SECONDS
end

def answer_to(headers, body, deliveries)
  refused = fault(headers, body)
  return refused if refused

  begin
    document = JSON.parse(body.dup.force_encoding("UTF-8"))
    event = document.fetch("event")
    id = headers["x-opensense-delivery-id"] || document.fetch("delivery").fetch("id")
    raise TypeError unless event.fetch("kind").is_a?(String) && id.is_a?(String)
  rescue JSON::ParserError, EncodingError, KeyError, TypeError, NoMethodError
    # Authentic and not understood: sent again it would be the same, so it is kept for a person.
    warn "not understood #{body[0, 4096].dump}"
    return [200, "not-understood"]
  end
  [200, deliveries.once(id) { handle(event, id) }]
rescue StandardError => e
  warn "failed #{e.class}"
  [500, "failed"] # tried again
end

# As much HTTP/1.1 as a receiver behind a proxy needs: one request on a connection, with a Content-Length.
def serve(socket, deliveries)
  refused, headers, body = Timeout.timeout(10) { read(socket) }
  status, code = refused || answer_to(headers, body, deliveries)
  text = JSON.generate("code" => code)
  later = status == 429 ? "Retry-After: 60\r\n" : ""
  socket.write("HTTP/1.1 #{status} #{code}\r\nContent-Type: application/json\r\nContent-Length: #{text.bytesize}\r\n" \
               "#{later}Connection: close\r\n\r\n#{text}")
rescue SystemCallError, IOError, Timeout::Error
  nil # without an answer it is sent again
ensure
  socket.close
end

# A refusal, or nil, header fields and body.
def read(socket)
  socket.set_encoding(Encoding::BINARY)
  return [[405, "method-not-allowed"]] unless socket.gets("\r\n", HEAD_BYTES_MAX).to_s.start_with?("POST ")

  headers = {}
  room = HEAD_BYTES_MAX
  while (line = socket.gets("\r\n", HEAD_BYTES_MAX)) && line != "\r\n"
    return [[431, "head-too-large"]] if (room -= line.bytesize).negative?
    name, value = line.split(":", 2)
    headers[name.downcase] = value.to_s.strip
  end
  length = headers.fetch("content-length", "")
  return [[411, "length-required"]] unless length.match?(/\A[0-9]{1,9}\z/)
  return [[413, "too-large"]] if length.to_i > BODY_BYTES_MAX

  body = socket.read(length.to_i).to_s # the raw bytes: what is parsed and written anew has another signature
  body.bytesize == length.to_i ? [nil, headers, body] : [[400, "cut-short"]]
end

deliveries = Deliveries.new(ENV.fetch("DELIVERIES", "deliveries.txt"))
server = TCPServer.new("127.0.0.1", Integer(ENV.fetch("PORT", "8080")))
warn "listening on #{server.addr[1]}"
loop { Thread.new(server.accept) { |socket| serve(socket, deliveries) } }
