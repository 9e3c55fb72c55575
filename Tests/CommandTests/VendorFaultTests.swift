import Foundation
import Testing

/// What a vendor, or the way to it, can do to the relay without stopping it.
@Suite struct `A vendor's fault` {
    static let accepted =
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"status\":\"success\"}"
    /// The first line after the status begins with a blank, as if it continued a line before it.
    static let folded =
        "HTTP/1.1 202 Accepted\r\n X-Folded: a\r\nContent-Length: 20\r\n\r\n{\"status\":\"success\"}"

    @Test func `in the first header line of a second answer does not end the relay`() async throws {
        try await World.run { world in
            let vendor = try ScriptedVendor(answers: [Self.accepted, Self.folded, Self.folded, Self.accepted])
            defer { vendor.stop() }
            let relay = try await world.relay(at: vendor.url)
            for number in 1...6 {
                let delivery = TestDelivery.like(id: "wh_\(number)", channel: "chn_\(number)")
                #expect(try relay.deliver(delivery).status == 200)
                try await eventually("request \(number) is answered") {
                    vendor.answered >= number ? true : nil
                }
            }
            #expect(relay.program.isRunning)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `with a name that does not resolve holds up no other vendor`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            var environment = World.environment(["pagerduty"], at: "http://a.slow.test")
            environment.merge(World.environment(["opsgenie"], at: vendors.url)) { $1 }
            environment["LD_PRELOAD"] = try await SlowResolver.library(in: world)
            let relay = try await world.relay(world.start(world.serveWords, environment: environment))
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            try await vendors.incidents { $0.count == 1 }
            // Giving up on the name must not wait for the thread that still asks for it.
            try await eventually("the slow name is given up; \(relay.program.error.suffix(1_000))") {
                relay.program.error.contains("event=job.retried") ? true : nil
            }
            #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200)
            try await vendors.incidents { $0.count == 2 }
            relay.program.signal(SIGKILL)
        }
    }
}

/// A `getaddrinfo` that takes minutes for names under `slow.test`, as a name server does that does not
/// answer.
enum SlowResolver {
    static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>
        #include <string.h>
        #include <unistd.h>

        int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
            if (node && strstr(node, ".slow.test")) {
                for (int i = 0; i < 120; i++) sleep(1);
                return EAI_AGAIN;
            }
            int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
                dlsym(RTLD_NEXT, "getaddrinfo");
            return next(node, service, hints, list);
        }
        """

    /// Builds the library with the compiler of the Swift toolchain, and gives its path.
    static func library(in world: World) async throws -> String {
        let file = try world.write(source, to: "resolver.c")
        let built = world.path("resolver.so")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let program = try world.run(
            shell:
                "clang -shared -fPIC -o '\(built)' '\(file)' -ldl || cc -shared -fPIC -o '\(built)' '\(file)' -ldl",
            environment: ["PATH": path])
        guard try await program.end() == .exit(0) else { throw NeverCame(description: program.error) }
        return built
    }
}
