package import HTTPServer

/// The files that the front door's certificate and its key are in.
package struct TLSFiles: Sendable, Hashable {
    /// The certificate, then those between it and its authority; PEM.
    package var certificate: String
    /// The certificate's private key, without a passphrase; PEM.
    package var key: String
}

/// A certificate and its key as they were read.
package struct TLSIdentity: Sendable {
    /// Where they are.
    package let files: TLSFiles
    /// What the server uses.
    package let context: TLSContext
    /// What the files held, so that a change is seen.
    let content: Content

    struct Content: Sendable, Hashable {
        let certificate: [UInt8]
        /// Compared and never shown.
        let key: [UInt8]
    }

    /// Reads the files.
    ///
    /// - Throws: ``TLSFilesError``.
    package init(_ files: TLSFiles, readFile: (String) throws -> [UInt8]) throws(TLSFilesError) {
        try self.init(files, Self.content(of: files, readFile: readFile))
    }

    /// What `content` comes to.
    init(_ files: TLSFiles, _ content: Content) throws(TLSFilesError) {
        self.files = files
        self.content = content
        do throws(TLSContextError) {
            context = try TLSContext(certificateChain: content.certificate, privateKey: content.key)
        } catch {
            throw TLSFilesError(error, files)
        }
    }

    /// What is in the files now.
    static func content(
        of files: TLSFiles, readFile: (String) throws -> [UInt8]
    ) throws(TLSFilesError) -> Content {
        Content(
            certificate: try read(files.certificate, setting: "certificate", readFile),
            key: try read(files.key, setting: "key", readFile))
    }

    private static func read(
        _ path: String, setting: String, _ readFile: (String) throws -> [UInt8]
    ) throws(TLSFilesError) -> [UInt8] {
        do { return try readFile(path) } catch {
            let reason = FileFault.sentence(error, path)
            throw TLSFilesError(setting: setting, message: reason)
        }
    }
}

/// Why a certificate and its key cannot be used.
package struct TLSFilesError: Error, Sendable, Hashable {
    /// The setting that names the file: `certificate` or `key`.
    let setting: String
    /// One sentence that is safe to log.
    let message: String

    init(setting: String, message: String) {
        self.setting = setting
        self.message = message
    }

    init(_ error: TLSContextError, _ files: TLSFiles) {
        switch error {
        case .certificateMissing, .refused:
            self.init(setting: "certificate", message: "\(files.certificate): \(error)")
        case .keyMissing, .keyEncrypted, .keyOfAnother:
            self.init(setting: "key", message: "\(files.key): \(error)")
        }
    }
}
