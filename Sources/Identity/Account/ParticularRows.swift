import Clinic
import Postgres
import Vault

/// The rows that keep people's particulars, each kind under a seal of its own.
struct ParticularRows: Sendable {
    /// What the actor may read of somebody.
    struct Known: Sendable {
        var name: String?
        var birth: Birth?
        var contact: Contact?
    }

    private let id: AccountID
    private let key: DataKey

    /// - Parameter key: of the person.
    init(_ id: AccountID, _ key: DataKey) {
        self.id = id
        self.key = key
    }

    /// Writes all kinds, replacing what was there.
    func write(_ particulars: Particulars, in tx: Transaction) async throws {
        try await tx.execute(put(.name, try key.seal(text: particulars.name, as: place(.name))))
        try await tx.execute(put(.birth, try key.seal(json: particulars.birth, as: place(.birth))))
        try await tx.execute(put(.contact, try key.seal(json: particulars.contact, as: place(.contact))))
    }

    /// The particulars of several people, as far as the actor may read them.
    /// - Parameter keys: the person keys; people without one are left out.
    static func read(_ keys: [AccountID: DataKey], in tx: Transaction) async throws -> [AccountID: Known] {
        var people: [AccountID: Known] = [:]
        for row in try await tx.query(select(Array(keys.keys))) {
            let (id, kind, sealed) = try row.decode(AccountID.self, String.self, [UInt8].self)
            guard let key = keys[id], let kind = Particulars.Kind(rawValue: kind) else { continue }
            let place = RowIdentity.accountParticular(kind, of: id)
            switch kind {
            case .name:
                people[id, default: Known()].name = try key.openText(sealed, as: place)
            case .birth: people[id, default: Known()].birth = try key.open(sealed, json: Birth.self, as: place)
            case .contact: people[id, default: Known()].contact = try key.open(sealed, json: Contact.self, as: place)
            }
        }
        return people
    }

    private func place(_ kind: Particulars.Kind) -> RowIdentity { .accountParticular(kind, of: id) }

    private func put(_ kind: Particulars.Kind, _ sealed: [UInt8]) -> SQL {
        """
        INSERT INTO consilium.account_particular (account_id, kind, sealed) VALUES (\(id), \(kind.rawValue), \(sealed))
        ON CONFLICT (account_id, kind) DO UPDATE SET sealed = excluded.sealed
        """
    }

    private static func select(_ ids: [AccountID]) -> SQL {
        "SELECT account_id, kind, sealed FROM consilium.account_particular WHERE account_id = ANY (\(ids))"
    }
}
