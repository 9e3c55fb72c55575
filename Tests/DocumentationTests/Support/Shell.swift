import Foundation

/// Runs the shell.
enum Shell {
    /// What a script wrote to standard output, and how it ended.
    struct Result {
        let status: Int32
        let out: String
        let error: String
    }

    /// Runs `script` in the repository's root, with the built commands in front of the `PATH`.
    static func run(_ script: String, _ arguments: [String] = []) throws -> Result {
        let (process, out) = (Process(), Pipe())
        let errors = FileManager.default.temporaryDirectory.appending(path: "shell-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: errors) }
        try Data().write(to: errors)
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, "sh"] + arguments
        process.currentDirectoryURL = Repository.root
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = try "\(Repository.products.path):\(environment["PATH"] ?? "/usr/bin:/bin")"
        environment["OPENSENSE_SECRET"] = nil
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let data = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, out: String(decoding: data, as: UTF8.self),
            error: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
