using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Definitions;

/// <summary>Makes what a <see cref="DefinitionSet"/> wants: all of it, or nothing when an entry cannot be.</summary>
internal static class DefinitionImport
{
    /// <returns>What was left out, for people.</returns>
    /// <exception cref="DefinitionException">An entry cannot be. Nothing was done.</exception>
    /// <exception cref="AdministrationException">The disk does not take it for now.</exception>
    internal static async Task<IReadOnlyList<string>> RunAsync(
        Broker broker, DiskPatience disk, DefinitionSet set, CancellationToken cancellation)
    {
        var checks = new DefinitionChecks(broker, set);
        await checks.RunAsync(cancellation).ConfigureAwait(false);
        foreach (VirtualHostDefinition host in set.VirtualHosts)
        {
            await broker.Administration.PutVirtualHostAsync(
                host.Name,
                before => before with { Description = host.Description, Tags = host.Tags, DefaultQueueType = host.DefaultQueueType })
                .ConfigureAwait(false);
        }

        foreach ((string host, VirtualHostQuota limits) in set.VirtualHostLimits)
        {
            await broker.Administration.SetVirtualHostLimitsAsync(host, _ => limits).ConfigureAwait(false);
        }

        await disk.WaitAsync(turn => broker.Accounts.ChangeAsync(state => [.. Changes(set, state)], turn)).ConfigureAwait(false);
        foreach (string host in Hosts(checks))
        {
            if (broker.FindVirtualHost(ShortString.FromString(host)) is { } runtime)
            {
                await new TopologyImport([.. Steps(checks, host)]).RunAsync(runtime, cancellation).ConfigureAwait(false);
            }
        }

        return checks.Skipped;
    }

    private static IEnumerable<string> Hosts(DefinitionChecks checks) => checks.Exchanges.Select(static e => e.Host)
        .Concat(checks.Queues.Select(static q => q.Host))
        .Concat(checks.Bindings.Select(static b => b.VirtualHost))
        .Concat(checks.Policies.Select(static p => p.Host))
        .Distinct();

    private static IEnumerable<Action<VirtualHost>> Steps(DefinitionChecks checks, string host)
    {
        foreach ((_, Policy policy) in checks.Policies.Where(p => p.Host == host))
        {
            yield return virtualHost => virtualHost.PutPolicy(policy);
        }

        foreach ((_, ExchangeType type, ExchangeProperties properties) in checks.Exchanges.Where(e => e.Host == host))
        {
            yield return TopologyImport.Make(type, properties);
        }

        foreach ((_, Arguments.QueueDeclaration declaration, Arguments.QueueArguments arguments) in checks.Queues.Where(q => q.Host == host))
        {
            yield return TopologyImport.Make(declaration, arguments);
        }

        foreach (BindingDefinition binding in checks.Bindings.Where(b => b.VirtualHost == host))
        {
            yield return TopologyImport.Make(binding);
        }
    }

    /// <summary>In one batch.</summary>
    private static IEnumerable<AccountChange> Changes(DefinitionSet set, AccountsState state)
    {
        foreach (UserInfo user in set.Users)
        {
            ShortString name = ShortString.FromString(user.Name);
            yield return new UserPut((state.Users.GetValueOrDefault(name) ?? new User { Name = name }) with
            {
                PasswordHash = user.PasswordHash,
                Hashing = user.Hashing,
                Tags = user.Tags,
                Limits = user.Limits,
            });
        }

        foreach (PermissionInfo permission in set.Permissions)
        {
            yield return new PermissionsPut(
                ShortString.FromString(permission.User),
                ShortString.FromString(permission.VirtualHost),
                new Permissions(permission.Configure, permission.Write, permission.Read));
        }

        foreach (TopicPermissionInfo permission in set.TopicPermissions)
        {
            yield return new TopicPermissionsPut(
                ShortString.FromString(permission.User),
                ShortString.FromString(permission.VirtualHost),
                ShortString.FromString(permission.Exchange),
                new TopicPermissions(permission.Write, permission.Read));
        }

        foreach (ParameterInfo parameter in set.Parameters)
        {
            yield return new ParameterPut(
                new ParameterKey(
                    ShortString.FromString(parameter.VirtualHost),
                    ShortString.FromString(parameter.Component),
                    ShortString.FromString(parameter.Name)),
                parameter.Json);
        }

        foreach (GlobalParameterInfo parameter in set.GlobalParameters)
        {
            yield return new GlobalParameterPut(ShortString.FromString(parameter.Name), parameter.Json);
        }
    }
}
