package import Clinic
import Crypto
import FoundationEssentials
package import Postgres

/// The data keys of cases and persons. A policy on each key table says who may see a key.
extension Vault {
    /// Makes the key of a new case.
    package func createCaseKey(_ id: CaseID, in tx: Transaction) async throws -> DataKey {
        try await create(id.rawValue, in: .cases, tx)
    }

    /// The key of a case.
    /// - Throws: `VaultError.noKey` when there is none or the actor may not see it, `VaultError.destroyed`,
    ///   `VaultError.unknownKey` when the keyring lacks its master key.
    package func caseKey(_ id: CaseID, in tx: Transaction) async throws -> DataKey {
        try await key(id.rawValue, in: .cases, tx)
    }

    /// As ``caseKey(_:in:)``, but sent together with the transaction's next statement.
    package func enqueueCaseKey(_ id: CaseID, in tx: Transaction) -> PendingKey {
        PendingKey(
            row: tx.enqueue(KeyTable.cases.select([id.rawValue])), id: id.rawValue, table: .cases, keyring: keyring)
    }

    /// The keys of several cases, without those that are destroyed or that the actor may not see.
    package func caseKeys(_ ids: [CaseID], in tx: Transaction) async throws -> [CaseID: DataKey] {
        try await keys(ids, in: .cases, tx)
    }

    /// Destroys the key of a case, and with it everything that it sealed. Doing it again changes nothing.
    /// - Throws: `VaultError.noKey`.
    package func destroyCaseKey(_ id: CaseID, in tx: Transaction) async throws {
        try await destroy(id.rawValue, in: .cases, tx)
    }

    /// Makes the key of a new account.
    package func createPersonKey(_ id: AccountID, in tx: Transaction) async throws -> DataKey {
        try await create(id.rawValue, in: .persons, tx)
    }

    /// The key of a person. Throws as ``caseKey(_:in:)``.
    package func personKey(_ id: AccountID, in tx: Transaction) async throws -> DataKey {
        try await key(id.rawValue, in: .persons, tx)
    }

    /// The keys of several persons, without those that are destroyed or that the actor may not see.
    package func personKeys(_ ids: [AccountID], in tx: Transaction) async throws -> [AccountID: DataKey] {
        try await keys(ids, in: .persons, tx)
    }

    /// The confirmed address of an account; nil when the actor may not read it, that is, when it is not their own.
    /// - Throws: as ``caseKey(_:in:)``.
    package func address(of account: AccountID, in tx: Transaction) async throws -> String? {
        guard
            let sealed = try await tx.first(
                "SELECT email FROM consilium.account WHERE id = \(account) AND state = 'active'")?.decode([UInt8].self),
            !sealed.isEmpty
        else { return nil }
        return String(
            decoding: try await personKey(account, in: tx).open(sealed, as: .accountEmail(account)), as: UTF8.self)
    }

    /// Destroys the key of a person. Throws as ``destroyCaseKey(_:in:)``.
    package func destroyPersonKey(_ id: AccountID, in tx: Transaction) async throws {
        try await destroy(id.rawValue, in: .persons, tx)
    }

    private func create(_ id: UUID, in table: KeyTable, _ tx: Transaction) async throws -> DataKey {
        let key = SymmetricKey(size: .bits256)
        try await table.insert(id, keyring.wrap(key, for: id, of: table), by: keyring.current, in: tx)
        return DataKey(key)
    }

    private func key(_ id: UUID, in table: KeyTable, _ tx: Transaction) async throws -> DataKey {
        try await PendingKey(row: tx.enqueue(table.select([id])), id: id, table: table, keyring: keyring).key()
    }

    private func keys<Tag>(
        _ ids: [ID<Tag>], in table: KeyTable, _ tx: Transaction
    ) async throws -> [ID<Tag>: DataKey] {
        var keys: [ID<Tag>: DataKey] = [:]
        for found in try await table.find(ids.map(\.rawValue), in: tx) {
            guard let bytes = found.bytes else { continue }
            keys[ID(rawValue: found.id)] = DataKey(
                try keyring.unwrap(bytes, by: found.master, for: found.id, of: table))
        }
        return keys
    }

    private func destroy(_ id: UUID, in table: KeyTable, _ tx: Transaction) async throws {
        if try await table.destroy(id, in: tx) { return }
        // Nothing changed: it was destroyed before, or this actor may not see or destroy it.
        let found = try await table.find([id], in: tx)
        guard let key = found.first, key.bytes == nil else { throw VaultError.noKey }
    }
}

/// A data key that `Vault.enqueueCaseKey` has asked for.
package struct PendingKey: Sendable {
    let row: Pending
    let id: UUID
    let table: KeyTable
    let keyring: Keyring

    /// Throws as ``Vault/caseKey(_:in:)``.
    package func key() async throws -> DataKey {
        guard let found = try await row.first().map(KeyTable.Wrapped.init) else { throw VaultError.noKey }
        guard let bytes = found.bytes else { throw VaultError.destroyed }
        return DataKey(try keyring.unwrap(bytes, by: found.master, for: id, of: table))
    }
}
