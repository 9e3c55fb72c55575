internal import OpenSenseWebhooks

/// The options that say where the sender's secret is.
///
/// Secrets are never arguments: those are seen by `ps`.
enum SecretOptions {
    static let options: [CommandHelp.Option] = [
        .init(
            name: "--secret-env", value: "NAME", isRepeatable: true,
            summary: "Take a secret from this environment variable (default OPENSENSE_SECRET)."),
        .init(
            name: "--secret-file", value: "FILE", isRepeatable: true,
            summary: "Take a secret from this file; one newline at its end is dropped."),
    ]

    /// The secrets that the options name, in order: those of variables, then those of files.
    ///
    /// - Throws: ``CommandError`` with code 78.
    static func fetch(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws(CommandError) -> [Secret] {
        var references = arguments.all("--secret-env").map { SecretReference.environment(name: $0) }
        references += arguments.all("--secret-file").map { SecretReference.file(path: $0) }
        if references.isEmpty { references = [.environment(name: ConfigurationSettings.secretVariable)] }
        for case .file(let path) in references {
            let doubt = SecretReference.doubt(path, permissions: Files.permissions(path))
            if let doubt { Terminal.error("warning: \(doubt)\n") }
        }
        var secrets: [Secret] = []
        for reference in references {
            do throws(SecretReferenceError) {
                secrets.append(
                    try reference.secret(
                        environment: context.environment, readFile: Files.contents))
            } catch {
                throw CommandError(
                    .configuration, "\(error.message) A secret comes from --secret-env or --secret-file.")
            }
        }
        for secret in secrets {
            for warning in secret.warnings { Terminal.error("warning: \(warning)\n") }
        }
        return secrets
    }

    /// A signer with the first of the secrets.
    ///
    /// - Throws: ``CommandError`` with code 78.
    static func signer(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws(CommandError) -> WebhookSigner {
        let secrets = try fetch(arguments, context)
        do { return try WebhookSigner(secret: secrets[0]) } catch {
            throw CommandError(.unavailable, error.description)
        }
    }
}
