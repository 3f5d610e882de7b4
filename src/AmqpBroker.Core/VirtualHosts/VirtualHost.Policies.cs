using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Policies come and go, and hold for exchanges and queues.</summary>
public sealed partial class VirtualHost
{
    /// <summary>The policies of both kinds.</summary>
    internal PolicySet Policies { get; } = new();

    /// <summary>
    /// Puts a policy and logs it; what is there has it after <see cref="ApplyPolicies(MessageQueue)"/>. Gives true if there was
    /// none of this name, null if there are too many.
    /// </summary>
    internal bool? PutPolicy(Policy policy)
    {
        Policy? existing = Policies.Find(policy.Kind, policy.Name);
        if (existing is not null && existing.IsSameAs(policy))
        {
            // The one that is there stays: where it holds nothing begins anew.
            return false;
        }

        if (existing is null && Policies.Of(policy.Kind).Count >= PolicySet.MaxPolicies)
        {
            return null;
        }

        Policies.Put(policy);
        Log.PolicyPut(policy);
        return existing is null;
    }

    /// <summary>Takes a policy away and logs it. Gives false if there is none of this name.</summary>
    internal bool DeletePolicy(PolicyKind kind, string name)
    {
        bool removed = Policies.Remove(kind, name);
        if (removed)
        {
            Log.PolicyDeleted(kind, name);
        }

        return removed;
    }

    internal void ApplyPolicies(Exchange exchange) => exchange.Apply(Policies.ForExchange(exchange.Name));

    /// <summary>Lets the policies hold for a queue that is in use. Gives how many messages it dropped.</summary>
    internal int ApplyPolicies(MessageQueue queue) => queue.Reapply(PoliciesFor(queue));

    /// <summary>After replaying: everything has the policies that hold for it, and nothing has followed from that yet.</summary>
    internal void RestorePolicies()
    {
        foreach (Exchange exchange in _exchanges.ByName.Values)
        {
            ApplyPolicies(exchange);
        }

        foreach (MessageQueue queue in _queues.ByName.Values)
        {
            queue.Apply(PoliciesFor(queue));
        }
    }

    private AppliedPolicies PoliciesFor(MessageQueue queue) => Policies.ForQueue(queue.Arguments.Type, queue.Name);
}
