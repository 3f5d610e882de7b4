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
            CheckTags(settings.Tags);
            if (settings.DefaultQueueType is { } type && !s_queueTypes.Contains(type))
            {
                throw new AdministrationException(Refusal.Invalid, $"Unsupported default queue type: {type}");
            }

            return settings;
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
