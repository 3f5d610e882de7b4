using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Users;

namespace AmqpBroker.Core.Snapshots;

/// <summary>Accounts and permissions as they were at one moment, in order of their names. Any thread.</summary>
public sealed class AccountsView
{
    private readonly AccountsState _state;

    internal AccountsView(AccountsState state) => _state = state;

    /// <summary>All accounts.</summary>
    public IReadOnlyList<UserInfo> Users =>
        [.. _state.Users.Values.Select(InfoOf).OrderBy(static u => u.Name, StringComparer.Ordinal)];

    /// <summary>All permissions.</summary>
    public IReadOnlyList<PermissionInfo> Permissions =>
    [
        .. _state.Permissions
            .Select(static p => new PermissionInfo(
                Capture.Text(p.Key.User), Capture.Text(p.Key.VirtualHost), p.Value.Configure, p.Value.Write, p.Value.Read))
            .OrderBy(static p => p.User, StringComparer.Ordinal).ThenBy(static p => p.VirtualHost, StringComparer.Ordinal),
    ];

    /// <summary>All topic permissions.</summary>
    public IReadOnlyList<TopicPermissionInfo> TopicPermissions =>
    [
        .. _state.TopicPermissions
            .SelectMany(static of => of.Value.Select(t => new TopicPermissionInfo(
                Capture.Text(of.Key.User), Capture.Text(of.Key.VirtualHost), Capture.Text(t.Key), t.Value.Write, t.Value.Read)))
            .OrderBy(static p => p.User, StringComparer.Ordinal).ThenBy(static p => p.VirtualHost, StringComparer.Ordinal)
            .ThenBy(static p => p.Exchange, StringComparer.Ordinal),
    ];

    /// <summary>The account of this name; null if there is none.</summary>
    public UserInfo? FindUser(string name) =>
        BrokerView.ToShortString(name) is { } key && _state.Users.TryGetValue(key, out User? user) ? InfoOf(user) : null;

    /// <summary>What the account may do in the virtual host; null if it may not use it.</summary>
    public PermissionInfo? FindPermissions(string user, string virtualHost) =>
        BrokerView.ToShortString(user) is { } name && BrokerView.ToShortString(virtualHost) is { } host
        && _state.Permissions.TryGetValue((name, host), out Permissions? permissions)
            ? new PermissionInfo(user, virtualHost, permissions.Configure, permissions.Write, permissions.Read)
            : null;

    private static UserInfo InfoOf(User user) => new(Capture.Text(user.Name), user.PasswordHash, user.Hashing, user.Tags, user.Limits);
}
