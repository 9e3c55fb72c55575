#if canImport(CLibCrypto)
    internal import CLibCrypto

    extension Base64 {
        /// The 44 characters that stand for `digest`.
        package static func text(_ digest: Digest32) -> String {
            let text = encode(digest)
            return String(decoding: (0..<digestTextLength).map { text[$0] }, as: UTF8.self)
        }

        /// The text of `bytes`: 4 characters for each 3 of them, the last filled up with `=`.
        package static func text(_ bytes: Span<UInt8>) -> String {
            let length = (bytes.count + 2) / 3 * 4
            guard length > 0 else { return "" }
            // EVP_EncodeBlock writes the characters and a NUL: `text` has room for both.
            var text = [UInt8](repeating: 0, count: length + 1)
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe text.withUnsafeMutableBufferPointer { output in
                    _ = unsafe EVP_EncodeBlock(output.baseAddress, input.baseAddress, Int32(input.count))
                }
            }
            return String(decoding: text.dropLast(), as: UTF8.self)
        }

        /// The digest that `text` stands for, or nil when `text` is not the canonical base64 of 32 bytes.
        package static func digest(_ text: Span<UInt8>) -> Digest32? {
            guard text.count == digestTextLength else { return nil }
            // EVP_DecodeBlock takes white space at the ends and stray bits for granted: comparing with
            // the text that the result would have refuses both.
            var decoded: [33 of UInt8] = .init(repeating: 0)
            var out = decoded.mutableSpan
            // 44 characters decode to 33 bytes, padding included: `out` is just as long.
            let count = unsafe text.withUnsafeBufferPointer { input in
                unsafe out.withUnsafeMutableBufferPointer { output in
                    unsafe EVP_DecodeBlock(output.baseAddress, input.baseAddress, Int32(digestTextLength))
                }
            }
            guard count == 33 else {
                ERR_clear_error()
                return nil
            }
            var bytes: [32 of UInt8] = .init(repeating: 0)
            for index in bytes.indices { bytes[index] = decoded[index] }
            let digest = Digest32(bytes)
            let canonical = encode(digest)
            return text.indices.allSatisfy { canonical[$0] == text[$0] } ? digest : nil
        }

        /// The canonical text and the NUL that EVP_EncodeBlock ends it with.
        private static func encode(_ digest: Digest32) -> [45 of UInt8] {
            var text: [45 of UInt8] = .init(repeating: 0)
            var out = text.mutableSpan
            digest.withSpan { bytes in
                // 32 bytes make 44 characters and a NUL: `out` is just as long.
                unsafe bytes.withUnsafeBufferPointer { input in
                    unsafe out.withUnsafeMutableBufferPointer { output in
                        _ = unsafe EVP_EncodeBlock(output.baseAddress, input.baseAddress, 32)
                    }
                }
            }
            return text
        }
    }
#endif
