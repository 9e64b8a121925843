/// Why a feed could not be fetched, as a word.
package struct FeedFailure: Error, Equatable {
    package let word: String
}
