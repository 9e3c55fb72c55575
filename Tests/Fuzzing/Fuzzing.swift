/// libFuzzer, which brings the program's `main`, calls this with one input after the other.
///
/// All targets are one program, because linking one takes long; `FUZZ_TARGET` names the one to run.
@c(LLVMFuzzerTestOneInput)
public func fuzzerTestOneInput(_ input: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target = FuzzTarget.chosen else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        fatalError("FUZZ_TARGET must be one of \(names).")
    }
    // The bytes are libFuzzer's until this returns, and are copied.
    target.check(unsafe Array(UnsafeBufferPointer(start: input, count: count)))
    return 0
}
