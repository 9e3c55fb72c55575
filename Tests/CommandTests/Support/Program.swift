import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A started program: what it writes, how it ends, and the signals it is sent.
final class Program: Sendable {
    /// How a program ended.
    enum End: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    private static let starting = Mutex(())
    private let process: Process
    private let outputs: (out: Output, error: Output)

    /// Starts `executable` with an environment of `PATH` and `environment` alone.
    ///
    /// - Parameter input: What it reads from standard input.
    init(_ executable: URL, _ arguments: [String], environment: [String: String], input: [UInt8] = []) throws
    {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        // One at a time: a program started between another's pipes and its start would inherit their ends,
        // and the output of a short program would end only with a database server of another test.
        let pipes = try Self.starting.withLock { _ in
            let pipes = (input: Pipe(), out: Pipe(), error: Pipe())
            for pipe in [pipes.input, pipes.out, pipes.error] {
                for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
                    _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
                }
            }
            process.standardInput = pipes.input
            process.standardOutput = pipes.out
            process.standardError = pipes.error
            try process.run()
            return pipes
        }
        self.process = process
        outputs = (Output(pipes.out.fileHandleForReading), Output(pipes.error.fileHandleForReading))
        Thread.detachNewThread {
            // A program that does not read its input has closed the pipe; that is no failure of the test.
            try? pipes.input.fileHandleForWriting.write(contentsOf: Data(input))
            try? pipes.input.fileHandleForWriting.close()
        }
    }

    /// What it wrote to standard output so far.
    var out: String { outputs.out.text }
    /// What it wrote to standard error so far.
    var error: String { outputs.error.text }
    /// Its number among the processes of the system.
    var processID: Int32 { process.processIdentifier }
    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// Sends it a signal, unless it has ended.
    func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// Waits until it has ended and everything it wrote is here.
    @discardableResult func end(withinSeconds seconds: Int? = nil) async throws -> End {
        try await eventually("the program ends; it wrote: …\(error.suffix(1_000))", withinSeconds: seconds) {
            [self] in
            !process.isRunning && outputs.out.isComplete && outputs.error.isComplete ? true : nil
        }
        return process.terminationReason == .exit
            ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
    }

    /// `kill -9`, and waits for the end.
    func killAtOnce() async throws {
        signal(SIGKILL)
        try await end()
    }
}

/// Reads a pipe on a separate thread, so that the writer never waits.
private final class Output: Sendable {
    private let state = Mutex((bytes: [UInt8](), isComplete: false))

    init(_ handle: FileHandle) {
        Thread.detachNewThread { [self] in
            while true {
                let data = handle.availableData
                state.withLock { $0.bytes += Array(data) }
                if data.isEmpty { break }
            }
            state.withLock { $0.isComplete = true }
        }
    }

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var isComplete: Bool { state.withLock { $0.isComplete } }
}
