using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Definitions;

/// <summary>
/// Looks through a whole set before anything of it is done, against what there is. What this broker does not have (streams)
/// and what cannot be made (names that begin with <c>amq.</c>) is left out and named. Made for one set.
/// </summary>
internal sealed class DefinitionChecks(Broker broker, DefinitionSet set)
{
    private readonly AccountsState _state = broker.Accounts.State;
    private readonly HashSet<string> _users = [.. set.Users.Select(static u => u.Name)];
    private readonly HashSet<string> _hosts = [.. set.VirtualHosts.Select(static h => h.Name)];
    private readonly Dictionary<(string Host, string Name), Exchange> _exchanges = [];
    private readonly HashSet<(string Host, string Name)> _queues = [];
    private readonly HashSet<(string Host, string Name)> _leftOut = [];

    /// <summary>What is left out, for people.</summary>
    internal List<string> Skipped { get; } = [];

    /// <summary>The exchanges to make, validated.</summary>
    internal List<(string Host, ExchangeType Type, ExchangeProperties Properties)> Exchanges { get; } = [];

    /// <summary>The queues to make, validated.</summary>
    internal List<(string Host, QueueDeclaration Declaration, QueueArguments Arguments)> Queues { get; } = [];

    /// <summary>The bindings to make, validated.</summary>
    internal List<BindingDefinition> Bindings { get; } = [];

    /// <summary>The policies to put, validated.</summary>
    internal List<(string Host, Policy Policy)> Policies { get; } = [];

    /// <exception cref="DefinitionException">An entry cannot be.</exception>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        CheckAccounts();
        foreach ((string host, PolicyRequest request) in set.Policies)
        {
            CheckPolicy(host, request);
        }

        foreach (ExchangeDefinition exchange in set.Exchanges)
        {
            In($"exchange '{exchange.Name}' in vhost '{exchange.VirtualHost}'", () => Check(exchange));
        }

        foreach (QueueDefinition queue in set.Queues)
        {
            In($"queue '{queue.Name}' in vhost '{queue.VirtualHost}'", () => Check(queue));
        }

        await ReadExistingAsync(cancellation).ConfigureAwait(false);
        foreach (BindingDefinition binding in set.Bindings)
        {
            string end = binding.ToExchange ? "exchange" : "queue";
            In(
                $"binding from exchange '{binding.Source}' to {end} '{binding.Destination}' with key '{binding.RoutingKey}' in vhost '{binding.VirtualHost}'",
                () => Check(binding));
        }
    }

    /// <summary>A text as a name.</summary>
    /// <exception cref="ChannelException">It is too long.</exception>
    internal static ShortString Name(string name) => Encoding.UTF8.GetByteCount(name) <= ShortString.MaxLength
        ? ShortString.FromString(name)
        : throw new ChannelException(ReplyCode.PreconditionFailed, $"a name is longer than {ShortString.MaxLength} bytes");

    private static void In(string entry, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is ChannelException or ConnectionException or AdministrationException or ArgumentException)
        {
            throw new DefinitionException(entry, e.Message);
        }
    }

    private void CheckAccounts()
    {
        foreach (UserInfo user in set.Users)
        {
            In($"user '{user.Name}'", () => Administration.CheckUser(user.Name, user.Tags));
        }

        foreach (VirtualHostDefinition host in set.VirtualHosts)
        {
            In($"vhost '{host.Name}'", () => Administration.CheckVirtualHost(host.Name, host.Tags, host.DefaultQueueType));
        }

        foreach (PermissionInfo permission in set.Permissions)
        {
            In($"permissions of '{permission.User}' in vhost '{permission.VirtualHost}'", () =>
            {
                CheckUser(permission.User);
                CheckHost(permission.VirtualHost);
                Administration.CheckPatterns(permission.Configure, permission.Write, permission.Read);
            });
        }

        foreach (TopicPermissionInfo permission in set.TopicPermissions)
        {
            In($"topic permissions of '{permission.User}' in vhost '{permission.VirtualHost}'", () =>
            {
                CheckUser(permission.User);
                CheckHost(permission.VirtualHost);
                Name(permission.Exchange);
                Administration.CheckPatterns(permission.Write, permission.Read);
            });
        }

        foreach (ParameterInfo parameter in set.Parameters)
        {
            In($"parameter '{parameter.Name}' of {parameter.Component} in vhost '{parameter.VirtualHost}'", () =>
            {
                CheckHost(parameter.VirtualHost);
                Administration.CheckParameter(parameter.Name, parameter.Json);
                Name(parameter.Component);
            });
        }

        foreach (GlobalParameterInfo parameter in set.GlobalParameters)
        {
            In($"global parameter '{parameter.Name}'", () => Administration.CheckParameter(parameter.Name, parameter.Json));
        }

        foreach ((string host, _) in set.VirtualHostLimits)
        {
            In($"limits of vhost '{host}'", () => CheckHost(host));
        }
    }

    private void CheckPolicy(string host, PolicyRequest request)
    {
        string entry = $"policy '{request.Name}' in vhost '{host}'";
        In(entry, () => CheckHost(host));
        try
        {
            Policies.Add((host, PolicyValidation.Check(request)));
        }
        catch (PolicyException e)
        {
            throw new DefinitionException(entry, e.Message);
        }
    }

    private void Check(ExchangeDefinition wanted)
    {
        CheckHost(wanted.VirtualHost);
        ShortString name = Name(wanted.Name);
        if (name.IsEmpty || Names.IsReserved(name))
        {
            return; // every virtual host has its own
        }

        ExchangeType type = ExchangeTypes.Get(Name(wanted.Type));
        ShortString? alternate = ExchangeArguments.Parse(wanted.Arguments.Fields, name, wanted.VirtualHost);
        var properties = new ExchangeProperties(name, wanted.Durable, wanted.AutoDelete, wanted.Internal, wanted.Arguments.Fields, alternate);
        type.CheckArguments?.Invoke(properties, wanted.VirtualHost);
        _exchanges[(wanted.VirtualHost, wanted.Name)] = type.Create(properties);
        Exchanges.Add((wanted.VirtualHost, type, properties));
    }

    private void Check(QueueDefinition wanted)
    {
        CheckHost(wanted.VirtualHost);
        ShortString name = Name(wanted.Name);
        if (name.IsEmpty)
        {
            throw new ChannelException(ReplyCode.PreconditionFailed, "a queue needs a name");
        }

        if (Names.IsReserved(name))
        {
            LeaveOut(wanted.VirtualHost, wanted.Name, $"queue '{wanted.Name}' in vhost '{wanted.VirtualHost}': names that begin with amq. are the server's");
            return;
        }

        if (wanted.Arguments.Entries.Any(static a => a is { Key: "x-queue-type", Value: "stream" }))
        {
            LeaveOut(wanted.VirtualHost, wanted.Name, $"queue '{wanted.Name}' in vhost '{wanted.VirtualHost}': streams are not supported");
            return;
        }

        var declaration = new QueueDeclaration(name, wanted.Durable, AutoDelete: wanted.AutoDelete);
        Queues.Add((wanted.VirtualHost, declaration, QueueArguments.Parse(wanted.Arguments.Fields, in declaration, wanted.VirtualHost)));
        _queues.Add((wanted.VirtualHost, wanted.Name));
    }

    private void Check(BindingDefinition wanted)
    {
        CheckHost(wanted.VirtualHost);
        if (wanted.Source.Length == 0)
        {
            return; // every queue has its own
        }

        Name(wanted.RoutingKey);
        if (_leftOut.Contains((wanted.VirtualHost, wanted.Destination)) && !wanted.ToExchange)
        {
            return;
        }

        bool hasSource = _exchanges.TryGetValue((wanted.VirtualHost, wanted.Source), out Exchange? source);
        bool hasDestination = wanted.ToExchange
            ? _exchanges.ContainsKey((wanted.VirtualHost, wanted.Destination))
            : _queues.Contains((wanted.VirtualHost, wanted.Destination));
        if ((!hasSource && Names.IsReserved(Name(wanted.Source))) || (!hasDestination && Names.IsReserved(Name(wanted.Destination))))
        {
            Skipped.Add($"binding from '{wanted.Source}' to '{wanted.Destination}' in vhost '{wanted.VirtualHost}': one of them is the server's, and not here");
            return;
        }

        if (!hasSource || !hasDestination)
        {
            throw new ChannelException(ReplyCode.NotFound, hasSource ? $"there is no '{wanted.Destination}'" : $"there is no exchange '{wanted.Source}'");
        }

        source!.CheckBinding(Name(wanted.RoutingKey), wanted.Arguments.Fields);
        Bindings.Add(wanted);
    }

    private void LeaveOut(string host, string queue, string why)
    {
        _leftOut.Add((host, queue));
        Skipped.Add(why);
    }

    /// <summary>What bindings may lead from and to besides what the set brings.</summary>
    private async Task ReadExistingAsync(CancellationToken cancellation)
    {
        foreach (string host in set.Bindings.Select(static b => b.VirtualHost).Distinct())
        {
            if (BrokerView.ToShortString(host) is not { } key || broker.FindVirtualHost(key) is not { } runtime)
            {
                // A new one has what all have.
                foreach (string own in (string[])["amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match"])
                {
                    Know(host, own, own is "amq.match" ? "headers" : own[4..], PlainTable.Empty);
                }

                continue;
            }

            var view = new VirtualHostView(runtime);
            _queues.UnionWith((await view.ListQueueNamesAsync(cancellation).ConfigureAwait(false)).Select(name => (host, name)));
            foreach (ExchangeInfo exchange in await view.ListExchangesAsync(cancellation).ConfigureAwait(false))
            {
                Know(host, exchange.Name, exchange.Type, exchange.Arguments);
            }
        }
    }

    private void Know(string host, string name, string type, PlainTable arguments)
    {
        if (name.Length > 0)
        {
            _exchanges[(host, name)] = ExchangeTypes.Create(
                Name(type), new ExchangeProperties(Name(name), Durable: true, AutoDelete: false, Internal: false, arguments.Fields));
        }
    }

    private void CheckHost(string host)
    {
        if (!_hosts.Contains(host) && !(BrokerView.ToShortString(host) is { } key && _state.VirtualHosts.ContainsKey(key)))
        {
            throw new AdministrationException(Refusal.Invalid, $"no_such_vhost: {host}");
        }
    }

    private void CheckUser(string user)
    {
        if (!_users.Contains(user) && !(BrokerView.ToShortString(user) is { } key && _state.Users.ContainsKey(key)))
        {
            throw new AdministrationException(Refusal.Invalid, $"no_such_user: {user}");
        }
    }
}
