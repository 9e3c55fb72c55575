internal import OpenSenseWebhooks

/// `verify`: checks captured requests and says why one fails.
struct VerifyCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "verify", arguments: "CAPTURE…", argumentCount: 1...1_000,
        summary: "Check the signature and age of captured requests, and say why one fails.",
        discussion: """
            A CAPTURE is a raw HTTP request, a HAR file, or a bare body together with --header; - is standard
            input. The body is taken byte for byte. At most 64 MiB are read of each. One that cannot be read
            is named and the others are checked; the exit code is the highest of all.
            """,
        options: SecretOptions.options + [
            CaptureFiles.headerOption,
            .init(
                name: "--at", value: "WHEN",
                summary:
                    "Judge the age at: now (default), captured, or a time (2026-05-17T08:10:00Z, 1779005400)."
            ),
            .init(
                name: "--tolerance", value: "SECONDS",
                summary: "Allow this distance from the clock (default 300)."),
            .init(name: "--json", summary: "Print one JSON object for each capture."),
        ],
        examples: [
            .init(
                command: "OPENSENSE_SECRET='the secret of the examples' "
                    + "opensense-relay verify --at captured Examples/captures/alarm_opened.http",
                summary: "Was this request signed with our secret?")
        ],
        exitCodes: [
            (.success, "Every capture is verified."), (.no, "At least one is not."),
            (.usage, "The command was called wrongly."), (.badInput, "A capture cannot be read."),
            (.noInput, "There is no such file."), (.configuration, "There is no secret."),
        ])

    /// What `--json` prints for each capture.
    private struct Report {
        var file: String
        var verified: Bool
        var code: String
        var message: String
        var ageSeconds: Int?
        var secretIndex: Int?
        /// What the diagnosis of a failure found.
        var findings: [SignatureFinding] = []

        /// Every name every time: what is not known is null.
        var json: JSONValue {
            [
                "file": .string(file), "verified": .boolean(verified), "code": .string(code),
                "message": .string(message), "ageSeconds": PrintedJSON.number(ageSeconds),
                "secretIndex": PrintedJSON.number(secretIndex),
                "findings": .array(
                    findings.map { ["code": .string($0.code), "message": .string($0.message)] }),
            ]
        }
    }

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let moment = try MomentOption(arguments.value("--at") ?? "now", help)
        let secrets = try SecretOptions.fetch(arguments, context)
        let judge = WebhookJudge(verifier: try verifier(arguments, secrets))
        let headers = try CaptureFiles.headers(arguments)
        let show = { (report: Report) in
            Terminal.out(arguments.has("--json") ? PrintedJSON.line(report.json) : text(report))
        }
        var worst = ExitCode.success
        for file in arguments.positionals {
            do throws(CaptureFiles.Fault) {
                for capture in try CaptureFiles.read(file, adding: headers) {
                    var report = report(on: capture, in: file, judge: judge, at: moment)
                    if !report.verified {
                        worst = max(worst, .no)
                        // Its age is the report's to judge.
                        report.findings = SignatureDiagnosis(of: capture, secrets: secrets, at: nil).findings
                    }
                    show(report)
                }
            } catch {
                worst = max(worst, error.exitCode)
                show(unread(error, file))
            }
        }
        return worst
    }

    private func unread(_ fault: CaptureFiles.Fault, _ file: String) -> Report {
        switch fault {
        case .file(let fault):
            let message = CommandError(fault, file).message
            return Report(file: file, verified: false, code: fault.code, message: message)
        case .capture(let fault):
            return Report(
                file: file, verified: false, code: "capture-malformed", message: fault.description)
        }
    }

    private func verifier(
        _ arguments: ParsedArguments, _ secrets: [Secret]
    ) throws(CommandError) -> WebhookVerifier {
        var tolerance = TimestampTolerance.standard
        if let text = arguments.value("--tolerance") {
            guard let seconds = Int(text), let asked = try? TimestampTolerance(seconds: seconds) else {
                throw ParsedArguments.usage(help, "--tolerance takes 1 to 86400 seconds.")
            }
            tolerance = asked
        }
        do { return try WebhookVerifier(secrets: secrets, tolerance: tolerance) } catch {
            throw CommandError(.configuration, error.description)
        }
    }

    private func report(
        on capture: Capture, in file: String, judge: WebhookJudge, at moment: MomentOption
    ) -> Report {
        let request = capture.request
        let signedAt: Int
        do throws(VerificationError) {
            signedAt = try SignatureHeader(only: request.signatureHeaders).timestamp
        } catch { return failure(error, in: file, at: moment) }
        let now = moment.unixSeconds(captured: capture.capturedAt, signed: signedAt)
        switch judge.judge(request, at: now) {
        case .authentic(let authentic): return success(authentic, in: file)
        case .notOurs(let error): return failure(error, in: file, at: moment)
        case .refused(let refusal):
            guard case .verification(let error) = refusal.reason else {
                preconditionFailure("A disagreeing header is refused where that was not asked for.")
            }
            return failure(error, in: file, at: moment)
        }
    }

    private func success(_ authentic: AuthenticRequest, in file: String) -> Report {
        let proof = authentic.signature
        var message =
            "Signed with secret \(proof.secretIndex) (fingerprint \(proof.secretFingerprint)), "
            + "\(proof.ageSeconds) s old."
        if let name = authentic.disagreeingHeader {
            message += " \(name), which is not signed, says something else than what was signed."
        }
        return Report(
            file: file, verified: true, code: "ok", message: message, ageSeconds: proof.ageSeconds,
            secretIndex: proof.secretIndex)
    }

    private func failure(_ error: VerificationError, in file: String, at moment: MomentOption) -> Report {
        var report = Report(file: file, verified: false, code: error.code, message: error.description)
        if case .timestampOutsideTolerance(let age, _) = error {
            report.ageSeconds = age
            if moment.isNow { report.message += " To judge it as of the time of capture: --at captured." }
        }
        return report
    }

    private func text(_ report: Report) -> String {
        let verdict = report.verified ? "verified" : "NOT VERIFIED (\(report.code))"
        return Terminal.plain("\(report.file): \(verdict). \(report.message)") + "\n"
            + report.findings.map { "  → " + Terminal.plain("\($0.message) (\($0.code))") + "\n" }.joined()
    }
}
