namespace AmqpBroker.Core.Exchanges;

/// <summary>The lists a binding is in, one of each kind. See <see cref="BindingList"/>.</summary>
internal enum BindingRole
{
    /// <summary>All bindings of its source.</summary>
    FromSource,

    /// <summary>All bindings that lead to its destination.</summary>
    ToDestination,

    /// <summary>The list that its source walks when a message matches: of one key, of one pattern, of all.</summary>
    Matching,
}
