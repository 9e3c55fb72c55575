import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What one test has of the machine: a folder, and the programs it started.
///
/// All of it goes when the test ends, however it ends.
final class World: Sendable {
    let folder: URL
    private let programs = Mutex<[Program]>([])

    /// Runs a test with a separate directory, ports and programs.
    static func run(_ test: (World) async throws -> Void) async throws {
        let world = try World()
        do {
            try await test(world)
            try await world.end()
        } catch {
            try await world.end()
            throw error
        }
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "opensense-relay-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A path in the folder.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a file to the folder and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: folder.appending(path: name))
        return path(name)
    }

    /// Starts the program under test.
    func start(_ arguments: [String], environment: [String: String] = [:], input: [UInt8] = []) throws
        -> Program
    {
        try register(Program(try Self.executable, arguments, environment: environment, input: input))
    }

    /// Starts the program under test with a limit on the size of the files it writes.
    func start(_ arguments: [String], environment: [String: String], fileBlocksMax: Int) throws -> Program {
        let script = "ulimit -f \(fileBlocksMax); exec \"$0\" \"$@\""
        let words = ["-c", script, try Self.executable.path] + arguments
        return try register(Program(URL(filePath: "/bin/sh"), words, environment: environment))
    }

    /// Starts the program under test with a limit, soft and hard, on how many files it has open.
    func start(_ arguments: [String], environment: [String: String], openFilesMax: Int) throws -> Program {
        let script = "ulimit -n \(openFilesMax); exec \"$0\" \"$@\""
        let words = ["-c", script, try Self.executable.path] + arguments
        return try register(Program(URL(filePath: "/bin/sh"), words, environment: environment))
    }

    /// Starts a shell on a script.
    func run(shell script: String, environment: [String: String]) throws -> Program {
        try register(Program(URL(filePath: "/bin/sh"), ["-c", script], environment: environment))
    }

    /// Runs the program under test to its end.
    func run(
        _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = []
    ) async throws -> (end: Program.End, out: String, error: String) {
        let program = try start(arguments, environment: environment, input: input)
        let end = try await program.end()
        return (end, program.out, program.error)
    }

    private func register(_ program: Program) -> Program {
        programs.withLock { $0.append(program) }
        return program
    }

    private func end() async throws {
        let all = programs.withLock { $0 }
        for program in all { program.signal(SIGKILL) }
        for program in all { try await program.end() }
        try FileManager.default.removeItem(at: folder)
    }

    /// The program, which is built into the folder that the tests are built into.
    static var executable: URL {
        get throws {
            #if canImport(Darwin)
                let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            #else
                let bundle: URL? = Bundle.main.executableURL
            #endif
            guard let products = bundle?.deletingLastPathComponent() else {
                throw NeverCame(description: "The tests do not know where they are.")
            }
            return products.appending(path: "opensense-relay")
        }
    }
}
