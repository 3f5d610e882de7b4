using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// The policy and the operator policy that hold for a queue or an exchange, and what both together say. Shared by all for
/// which the same two hold; immutable.
/// </summary>
internal sealed class AppliedPolicies
{
    /// <summary>No policy holds.</summary>
    internal static readonly AppliedPolicies None = new(null, null);

    internal AppliedPolicies(Policy? user, Policy? @operator)
    {
        User = user;
        Operator = @operator;
        Definition = PolicyMerge.Merge(user?.Definition ?? FieldTable.Empty, @operator?.Definition ?? FieldTable.Empty);
        Values = Definition.IsEmpty ? PolicyValues.None : new PolicyValues(Definition);
    }

    /// <summary>The policy; null if none matches.</summary>
    internal Policy? User { get; }

    /// <summary>The operator policy; null if none matches.</summary>
    internal Policy? Operator { get; }

    /// <summary>What holds, in order of the names.</summary>
    internal FieldTable Definition { get; }

    /// <summary>The same, typed.</summary>
    internal PolicyValues Values { get; }

    /// <summary>Whether the same two policies hold: nothing changes from one to the other.</summary>
    internal bool IsSameAs(AppliedPolicies other) => ReferenceEquals(User, other.User) && ReferenceEquals(Operator, other.Operator);
}
