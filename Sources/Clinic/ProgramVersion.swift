/// The version of this program, in its package and in the API's document.
package enum ProgramVersion {
    package static let number = "1.0"
}
