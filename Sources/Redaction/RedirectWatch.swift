/// Follows, object by object, whether a request would send a stored secret to another place.
///
/// Rails reads the top-level object, or an object in it that is named after the resource; of members with one name
/// the last. Both levels count here, each on its own, and a secret counts as new only if each of its spellings in
/// the object is.
struct RedirectWatch {
    /// What the members of one open object say.
    private struct Facts {
        var redirects: RuleMask = []
        var suppliesSecret = false
        var withholdsSecret = false
    }

    private var top = Facts()
    private var wrapped = Facts()
    /// The redirects of objects that have ended and bring no new secret.
    private(set) var withoutSecret: RuleMask = []
    /// All redirects.
    private(set) var redirects: RuleMask = []

    /// An object begins that is nested `depth` deep; the outermost has depth 1.
    mutating func open(depth: Int) {
        if depth == 1 { top = Facts() }
        if depth == 2 { wrapped = Facts() }
    }

    /// The object at `depth` has ended.
    mutating func close(depth: Int) {
        guard depth == 1 || depth == 2 else { return }
        let facts = depth == 1 ? top : wrapped
        guard !facts.suppliesSecret || facts.withholdsSecret else { return }
        withoutSecret.formUnion(facts.redirects)
    }

    /// A member of the object at `depth` changes where the secret goes.
    mutating func redirect(_ names: RuleMask, depth: Int) {
        guard !names.isEmpty else { return }
        if depth == 1 { top.redirects.formUnion(names) }
        if depth == 2 { wrapped.redirects.formUnion(names) }
        if depth <= 2 { redirects.formUnion(names) }
    }

    /// A member of the object at `depth` is the secret; `isNew` unless it is null, empty, masked or no text.
    mutating func secret(isNew: Bool, depth: Int) {
        if depth == 1 {
            if isNew { top.suppliesSecret = true } else { top.withholdsSecret = true }
        } else if depth == 2 {
            if isNew { wrapped.suppliesSecret = true } else { wrapped.withholdsSecret = true }
        }
    }
}
