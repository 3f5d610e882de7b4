using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// The connections that are open, counted for each user and virtual host: who may open one more, whom to close when a user or
/// a virtual host goes, and when nobody uses a deleted virtual host any more. Any thread.
/// </summary>
internal sealed class Admissions(Accounts accounts, Func<ShortString, VirtualHostRuntime?> findVirtualHost, Action<VirtualHostRuntime> unused)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Admission> _all = [];
    private readonly Dictionary<ShortString, Admission.UserCount> _users = [];

    // Connections of each virtual host: those that count for its limit, and those that use it still.
    private readonly Dictionary<VirtualHostRuntime, (int Open, int Users)> _hosts = [];
    private readonly HashSet<VirtualHostRuntime> _deleted = [];

    /// <summary>connection.open: the checks, in RabbitMQ's order.</summary>
    /// <exception cref="ConnectionException">530: there is no such virtual host, a limit is reached, or the user may not use it.</exception>
    internal Admission Admit(User user, ShortString virtualHost, IAdmittedConnection connection)
    {
        lock (_gate)
        {
            AccountsState state = accounts.State;
            if (findVirtualHost(virtualHost) is not { } host || !state.VirtualHosts.TryGetValue(virtualHost, out var definition))
            {
                throw NotAllowed($"vhost {virtualHost} not found");
            }

            (int open, int users) = _hosts.GetValueOrDefault(host);
            if (VirtualHostQuota.IsReached(definition.Settings.Limits.MaxConnections, open))
            {
                throw NotAllowed(
                    $"access to vhost '{virtualHost}' refused for user '{user.Name}': connection limit ({definition.Settings.Limits.MaxConnections}) is reached");
            }

            Admission.UserCount count = _users.GetValueOrDefault(user.Name) ?? new Admission.UserCount(user.Name);
            UserLimits limits = state.Users.GetValueOrDefault(user.Name)?.Limits ?? UserLimits.None;
            if (VirtualHostQuota.IsReached(limits.MaxConnections, count.Connections))
            {
                throw NotAllowed($"connection refused for user '{user.Name}': user connection limit ({limits.MaxConnections}) is reached");
            }

            if (!state.Permissions.ContainsKey((user.Name, virtualHost)))
            {
                throw NotAllowed($"access to vhost '{virtualHost}' refused for user '{user.Name}'");
            }

            var admission = new Admission(this, count, host, connection);
            _all.Add(admission);
            _hosts[host] = (open + 1, users + 1);
            count.Connections++;
            _users[user.Name] = count;
            return admission;
        }
    }

    /// <exception cref="ConnectionException">530: the user has as many channels as it may.</exception>
    internal void OpenChannel(Admission admission)
    {
        lock (_gate)
        {
            Admission.UserCount user = admission.User;
            long? limit = accounts.FindUser(user.Name)?.Limits.MaxChannels;
            if (VirtualHostQuota.IsReached(limit, user.Channels))
            {
                throw NotAllowed($"number of channels opened for user '{user.Name}' has reached the maximum allowed user limit of ({limit})");
            }

            if (!admission.HasLeft)
            {
                user.Channels++;
                admission.Channels++;
            }
        }
    }

    internal void CloseChannel(Admission admission)
    {
        lock (_gate)
        {
            if (!admission.HasLeft)
            {
                admission.User.Channels--;
                admission.Channels--;
            }
        }
    }

    internal void Leave(Admission admission)
    {
        lock (_gate)
        {
            LeaveLocked(admission);
        }
    }

    internal void Release(Admission admission)
    {
        bool last;
        lock (_gate)
        {
            if (!_all.Remove(admission))
            {
                return;
            }

            LeaveLocked(admission);
            (int open, int users) = _hosts[admission.VirtualHost];
            last = users == 1 && _deleted.Remove(admission.VirtualHost);
            if (users == 1)
            {
                _hosts.Remove(admission.VirtualHost);
            }
            else
            {
                _hosts[admission.VirtualHost] = (open, users - 1);
            }
        }

        if (last)
        {
            unused(admission.VirtualHost);
        }
    }

    /// <summary>Closes a user's connections.</summary>
    internal void CloseAllOf(ShortString user, string reason) => CloseAll(admission => admission.User.Name == user, reason);

    /// <summary>Closes the connections of a virtual host that was deleted; nobody finds it any more.</summary>
    internal void CloseAllOf(VirtualHostRuntime deleted, string reason)
    {
        bool last;
        lock (_gate)
        {
            last = !_hosts.ContainsKey(deleted);
            if (!last)
            {
                _deleted.Add(deleted);
            }
        }

        if (last)
        {
            unused(deleted);
        }
        else
        {
            CloseAll(admission => ReferenceEquals(admission.VirtualHost, deleted), reason);
        }
    }

    private static ConnectionException NotAllowed(string text) => new(ReplyCode.NotAllowed, text);

    private void CloseAll(Func<Admission, bool> these, string reason)
    {
        Admission[] found;
        lock (_gate)
        {
            found = [.. _all.Where(these)];
        }

        // Outside the lock: a close runs in the virtual host's lane, at once if that is free.
        foreach (Admission admission in found)
        {
            admission.Connection.CloseByServer(reason);
        }
    }

    private void LeaveLocked(Admission admission)
    {
        if (admission.HasLeft)
        {
            return;
        }

        admission.HasLeft = true;
        Admission.UserCount user = admission.User;
        user.Channels -= admission.Channels;
        if (--user.Connections == 0)
        {
            _users.Remove(user.Name);
        }

        (int open, int users) = _hosts[admission.VirtualHost];
        _hosts[admission.VirtualHost] = (open - 1, users);
    }
}
