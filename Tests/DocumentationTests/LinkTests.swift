import Foundation
import Testing

/// A link that GitHub shows leads to a file of the repository; `make docs` follows those of the catalogues.
@Suite struct `The Markdown pages` {
    @Test(arguments: Repository.pages) func `link to what is there`(_ page: String) throws {
        let folder = Repository.root.appending(path: page).deletingLastPathComponent()
        for target in try Repository.matches(#"\]\(([^)#:\s]+)(?:#[^)]*)?\)"#, in: page) {
            let isThere = FileManager.default.fileExists(atPath: folder.appending(path: target).path)
            #expect(isThere, "\(page) links to \(target)")
        }
    }

    @Test func `are found`() { #expect(Repository.pages.count >= 8) }

    @Test func `begin with a README that can be read in one sitting`() throws {
        #expect(
            try Repository.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count
                <= 201)
    }
}
