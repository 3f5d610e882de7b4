using System.Collections.Immutable;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <summary>The account may do this in the virtual host.</summary>
internal sealed record PermissionsPut(ShortString User, ShortString VirtualHost, Permissions Permissions) : AccountChange
{
    /// <exception cref="InvalidDataException">A pattern is none (any more).</exception>
    public static PermissionsPut Read(ref RecordReader reader)
    {
        ShortString user = reader.Name();
        ShortString virtualHost = reader.Name();
        try
        {
            return new PermissionsPut(user, virtualHost, new Permissions(Text(ref reader), Text(ref reader), Text(ref reader)));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"A permission of user '{user}' in virtual host '{virtualHost}' is no regular expression.", e);
        }
    }

    public override AccountsState Apply(AccountsState state) =>
        state with { Permissions = state.Permissions.SetItem((User, VirtualHost), Permissions) };

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(User);
        writer.Name(VirtualHost);
        WriteText(writer, Permissions.Configure);
        WriteText(writer, Permissions.Write);
        WriteText(writer, Permissions.Read);
    }
}

/// <summary>The account may not use the virtual host.</summary>
internal sealed record PermissionsCleared(ShortString User, ShortString VirtualHost) : AccountChange
{
    public override AccountsState Apply(AccountsState state) =>
        state with { Permissions = state.Permissions.Remove((User, VirtualHost)) };

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(User);
        writer.Name(VirtualHost);
    }
}

/// <summary>The account may use these routing keys on the exchange.</summary>
internal sealed record TopicPermissionsPut(ShortString User, ShortString VirtualHost, ShortString Exchange, TopicPermissions Permissions)
    : AccountChange
{
    public override AccountsState Apply(AccountsState state)
    {
        ImmutableDictionary<ShortString, TopicPermissions> topics = state.TopicPermissions.GetValueOrDefault(
            (User, VirtualHost), ImmutableDictionary<ShortString, TopicPermissions>.Empty);
        return state with
        {
            TopicPermissions = state.TopicPermissions.SetItem((User, VirtualHost), topics.SetItem(Exchange, Permissions)),
        };
    }

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(User);
        writer.Name(VirtualHost);
        writer.Name(Exchange);
        WriteText(writer, Permissions.Write);
        WriteText(writer, Permissions.Read);
    }
}

/// <summary>The account may use all routing keys on the exchange again; null: on all exchanges of the virtual host.</summary>
internal sealed record TopicPermissionsCleared(ShortString User, ShortString VirtualHost, ShortString? Exchange) : AccountChange
{
    public override AccountsState Apply(AccountsState state)
    {
        (ShortString, ShortString) key = (User, VirtualHost);
        if (!state.TopicPermissions.TryGetValue(key, out ImmutableDictionary<ShortString, TopicPermissions>? topics))
        {
            return state;
        }

        topics = Exchange is null ? topics.Clear() : topics.Remove(Exchange);
        return state with
        {
            TopicPermissions = topics.IsEmpty ? state.TopicPermissions.Remove(key) : state.TopicPermissions.SetItem(key, topics),
        };
    }

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(User);
        writer.Name(VirtualHost);
        writer.Flag(Exchange is not null);
        if (Exchange is { } exchange)
        {
            writer.Name(exchange);
        }
    }
}
