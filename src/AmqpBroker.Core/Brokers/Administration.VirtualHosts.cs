using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <content>Virtual hosts.</content>
public sealed partial class Administration
{
    private static readonly string[] s_queueTypes = ["classic", "quorum", "stream"];

    /// <summary>Makes a virtual host, or changes what is set for it; its limits stay. Gives true when it is new.</summary>
    /// <param name="name">The virtual host.</param>
    /// <param name="change">Is given what is set, and gives what is to be set.</param>
    /// <param name="grantedTo">The account that gets all permissions in it if it is new; null for none.</param>
    public Task<bool> PutVirtualHostAsync(string name, Func<VirtualHostSettings, VirtualHostSettings> change, string? grantedTo = null)
    {
        ArgumentNullException.ThrowIfNull(change);
        ShortString key = Name("vhost name", name);
        ShortString? user = grantedTo is null ? null : Name("user name", grantedTo);
        return _disk.WaitAsync(turn => _broker.PutVirtualHostAsync(key, Checked, user, turn));

        VirtualHostSettings Checked(VirtualHostSettings before)
        {
            VirtualHostSettings settings = change(before);
            CheckVirtualHost(name, settings.Tags, settings.DefaultQueueType);
            return settings;
        }
    }

    /// <exception cref="AdministrationException">Such a virtual host cannot be.</exception>
    internal static void CheckVirtualHost(string name, IReadOnlyList<string> tags, string? defaultQueueType)
    {
        Name("vhost name", name);
        CheckTags(tags);
        if (defaultQueueType is not null && !s_queueTypes.Contains(defaultQueueType))
        {
            throw new AdministrationException(Refusal.Invalid, $"Unsupported default queue type: {defaultQueueType}");
        }
    }

    /// <summary>Limits what there may be in a virtual host at a time. What there is already stays.</summary>
    public Task SetVirtualHostLimitsAsync(string name, Func<VirtualHostQuota, VirtualHostQuota> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        ShortString key = Name("vhost name", name);
        return _disk.WaitAsync(turn => _broker.ChangeVirtualHostAsync(key, settings => settings with { Limits = change(settings.Limits) }, turn));
    }

    /// <summary>
    /// Deletes a virtual host with everything in it, and closes its connections (320 <c>vhost 'v' is deleted</c>). It is gone
    /// when the task completes; its files go when the last of its connections has ended.
    /// </summary>
    public Task DeleteVirtualHostAsync(string name)
    {
        ShortString key = Name("vhost name", name);
        return _disk.WaitAsync(turn => _broker.DeleteVirtualHostAsync(key, turn));
    }
}
