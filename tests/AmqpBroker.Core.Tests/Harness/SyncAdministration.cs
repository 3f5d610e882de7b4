using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>The commands of administration for tests in which the disk takes everything at once.</summary>
internal static class SyncAdministration
{
    extension(Administration administration)
    {
        public bool PutUser(string name, string? password, IReadOnlyList<string> tags) => administration.PutUserAsync(name, password, tags).GetAwaiter().GetResult();

        public bool PutUser(string name, ReadOnlyMemory<byte> hash, PasswordHashing hashing, IReadOnlyList<string> tags) =>
            administration.PutUserAsync(name, hash, hashing, tags).GetAwaiter().GetResult();

        public void ChangePassword(string name, string password) => administration.ChangePasswordAsync(name, password).GetAwaiter().GetResult();

        public void SetUserTags(string name, IReadOnlyList<string> tags) => administration.SetUserTagsAsync(name, tags).GetAwaiter().GetResult();

        public void SetUserLimits(string name, Func<UserLimits, UserLimits> change) => administration.SetUserLimitsAsync(name, change).GetAwaiter().GetResult();

        public void DeleteUser(string name) => administration.DeleteUserAsync(name).GetAwaiter().GetResult();

        public void DeleteUsers(IReadOnlyList<string> names) => administration.DeleteUsersAsync(names).GetAwaiter().GetResult();

        public bool SetPermissions(string virtualHost, string user, string configure, string write, string read) =>
            administration.SetPermissionsAsync(virtualHost, user, configure, write, read).GetAwaiter().GetResult();

        public void ClearPermissions(string virtualHost, string user) => administration.ClearPermissionsAsync(virtualHost, user).GetAwaiter().GetResult();

        public bool SetTopicPermissions(string virtualHost, string user, string exchange, string write, string read) =>
            administration.SetTopicPermissionsAsync(virtualHost, user, exchange, write, read).GetAwaiter().GetResult();

        public void ClearTopicPermissions(string virtualHost, string user, string? exchange = null) =>
            administration.ClearTopicPermissionsAsync(virtualHost, user, exchange).GetAwaiter().GetResult();

        public bool PutVirtualHost(string name, Func<VirtualHostSettings, VirtualHostSettings> change, string? grantedTo = null) =>
            administration.PutVirtualHostAsync(name, change, grantedTo).GetAwaiter().GetResult();

        public void SetVirtualHostLimits(string name, Func<VirtualHostQuota, VirtualHostQuota> change) =>
            administration.SetVirtualHostLimitsAsync(name, change).GetAwaiter().GetResult();

        public void DeleteVirtualHost(string name) => administration.DeleteVirtualHostAsync(name).GetAwaiter().GetResult();
    }
}
