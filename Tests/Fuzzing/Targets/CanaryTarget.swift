internal import OpenSenseWebhooks

/// Fails on purpose: a fuzzer that does not get here within seconds sees nothing.
///
/// `t=1,t=2` or the like is hopeless to guess, and easy to find step by step for who sees which branches of
/// the parser an input took. So this tells whether the modules are built for fuzzing, not only these targets.
enum CanaryTarget {
    static func check(_ input: [UInt8]) {
        do throws(VerificationError) {
            _ = try SignatureHeader(input.span)
        } catch .headerMalformed(.timestampRepeated, column: _) {
            fatalError("the canary is found")
        } catch {}
    }
}
