using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// The commands for the policies of a virtual host. A change is asked for, becomes durable, and holds for every exchange and
/// queue that is there when its task completes, and for those that come later. Any thread.
/// </summary>
public sealed class PolicyCommands
{
    private readonly VirtualHostRuntime _runtime;

    internal PolicyCommands(VirtualHostRuntime runtime) => _runtime = runtime;

    /// <summary>Puts a policy in force, in place of the one of its name if there is one. Putting the same again changes nothing.</summary>
    /// <returns>True if there was none of this name.</returns>
    /// <exception cref="PolicyException">It is not valid, or there are too many. Nothing has changed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: the change may have been made.</exception>
    public async Task<bool> PutAsync(PolicyRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        Policy policy = PolicyValidation.Check(request);
        bool? isNew = await new PolicyChange<bool?>(host => host.PutPolicy(policy)).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return isNew ?? throw new PolicyException($"Validation failed\n\nlimit of {PolicySet.MaxPolicies} policies is reached\n");
    }

    /// <summary>Takes a policy away.</summary>
    /// <returns>False if there is none of this name.</returns>
    /// <exception cref="OperationCanceledException">Cancelled: the change may have been made.</exception>
    public Task<bool> DeleteAsync(PolicyKind kind, string name, CancellationToken cancellation) =>
        new PolicyChange<bool>(host => host.DeletePolicy(kind, name)).RunAsync(_runtime, cancellation);

    /// <summary>The policy of this name; null if there is none.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<PolicyInfo?> FindAsync(PolicyKind kind, string name, CancellationToken cancellation)
    {
        Policy? found = null;
        await ReadAsync(host => found = host.Policies.Find(kind, name), cancellation).ConfigureAwait(false);
        return found is null ? null : ToInfo(found);
    }

    /// <summary>The policies of one kind, by name.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<IReadOnlyList<PolicyInfo>> ListAsync(PolicyKind kind, CancellationToken cancellation)
    {
        IReadOnlyList<Policy> found = [];
        await ReadAsync(host => found = host.Policies.Of(kind), cancellation).ConfigureAwait(false);
        return [.. found.Select(ToInfo).OrderBy(static p => p.Name, StringComparer.Ordinal)];
    }

    private PolicyInfo ToInfo(Policy policy) => new(
        Capture.Text(_runtime.Name),
        policy.Name,
        policy.Pattern.Text,
        PolicyTargets.NameOf(policy.Target),
        PlainTable.From(policy.Definition),
        policy.Priority);

    private Task ReadAsync(Action<VirtualHost> read, CancellationToken cancellation) => new LaneRead(host =>
    {
        read(host);
        return false;
    }).RunAsync(_runtime, cancellation);
}
