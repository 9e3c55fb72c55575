internal import OpenSenseWebhooks

/// Fails on purpose: a fuzzer that does not find it within seconds gets no coverage.
///
/// `t=1,t=2` or the like is hopeless to guess, and easy to find step by step with the parser's branch
/// coverage. So this shows whether the modules are built for fuzzing, not only these targets.
enum CanaryTarget {
    static func check(_ input: [UInt8]) {
        do throws(VerificationError) {
            _ = try SignatureHeader(input.span)
        } catch .headerMalformed(.timestampRepeated, column: _) {
            fatalError("the canary is found")
        } catch {}
    }
}
