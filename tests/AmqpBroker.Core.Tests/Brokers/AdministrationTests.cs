using System.Text;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.Brokers;

/// <summary>Commands that change accounts and virtual hosts: what they do, and that it lasts.</summary>
public sealed class AdministrationTests : IDisposable
{
    private readonly KeptJournals _journals = new();
    private Broker _broker;

    public AdministrationTests() => _broker = Open();

    private Administration Administration => _broker.Administration;

    private AccountsView Accounts => new BrokerView(_broker).Accounts;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void A_user_is_made_changed_and_deleted()
    {
        Assert.True(Administration.PutUser("u", "one", ["management"]));
        Assert.NotNull(Login("u", "one"));
        Assert.False(Administration.PutUser("u", "two", []));
        Assert.Null(Login("u", "one"));
        Administration.ChangePassword("u", "three");
        Administration.SetUserTags("u", ["monitoring"]);
        Assert.Equal(["monitoring"], Login("u", "three")!.Tags);
        Administration.SetPermissions("/", "u", "a", "b", "c");
        Administration.SetTopicPermissions("/", "u", "amq.topic", "a", "b");
        Administration.DeleteUser("u");
        Assert.Null(Login("u", "three"));
        Assert.Null(Accounts.FindPermissions("u", "/"));
        Assert.Empty(Accounts.TopicPermissions);
        Refused(Refusal.NotFound, () => Administration.DeleteUser("u"));
    }

    [Fact]
    public void Many_users_are_deleted_together_or_not_at_all()
    {
        Administration.PutUser("u", "p", []);
        Refused(Refusal.NotFound, () => Administration.DeleteUsers(["u", "none"]));
        Assert.NotNull(Login("u", "p"));
    }

    [Fact]
    public void A_user_without_a_password_cannot_log_in()
    {
        Administration.PutUser("u", null, []);
        Assert.Null(Login("u", ""));
    }

    [Fact]
    public void A_virtual_host_is_made_and_deleted_with_its_journal()
    {
        Assert.True(Administration.PutVirtualHost("v", static s => s with { Description = "one" }, grantedTo: "guest"));
        Assert.False(Administration.PutVirtualHost("v", static s => s with { Description = "two" }));
        Assert.Equal("two", Find("v")!.Host.Settings.Description);
        Assert.NotNull(Accounts.FindPermissions("guest", "v"));
        Assert.Equal(3, _journals.Names.Count);
        Administration.DeleteVirtualHost("v");
        Assert.Null(Find("v"));
        Assert.Null(Accounts.FindPermissions("guest", "v"));
        Refused(Refusal.NotFound, () => Administration.DeleteVirtualHost("v"));
        Reopen();
        Assert.Equal(["server", "vhost-1"], _journals.Names.Order());
        Administration.PutVirtualHost("v", static s => s);
        Assert.Equal(["server", "vhost-1", "vhost-3"], _journals.Names.Order());
    }

    [Fact]
    public void A_protected_virtual_host_stays()
    {
        Administration.PutVirtualHost("v", static s => s with { ProtectedFromDeletion = true });
        AdministrationException refused = Refused(Refusal.Protected, () => Administration.DeleteVirtualHost("v"));
        Assert.Equal("Refusing to delete virtual host 'v' because it is protected from deletion", refused.Message);
        Assert.NotNull(Find("v"));
    }

    [Fact]
    public void All_of_it_is_there_after_a_restart()
    {
        Change();
        string before = Describe();
        Reopen();
        Assert.Equal(before, Describe());
    }

    [Fact]
    public void The_journal_of_the_accounts_does_not_grow_without_end()
    {
        Change();
        string long100 = new('d', 100);
        for (int i = 0; i < 20_000; i++)
        {
            Administration.SetPermissions("/", "u", long100, ".*", ".*");
        }

        Assert.InRange(_journals["server"].BytesSinceCheckpoint, 0, 1100 * 1024);
        string before = Describe();
        Reopen();
        Assert.Equal(before, Describe());
    }

    [Fact]
    public void A_journal_without_the_newer_fields_opens()
    {
        _broker.Dispose();
        var old = new KeptJournals();
        IJournal journal = old.Open("server", new NoReplay(), out _);
        byte[] hash = PasswordHash.Create("p"u8);
        Append(journal, [1, 1, (byte)'u', (byte)hash.Length, .. hash, 1, 4, .. "some"u8]);
        Append(journal, [2, 1, (byte)'v', 7]);
        Append(journal, [3, 1, (byte)'u', 1, (byte)'v', 2, .. ".*"u8, 0, 1, (byte)'r']);
        _broker = Open(old);
        Assert.Equal(["some"], Login("u", "p")!.Tags);
        Assert.Equal(new PermissionInfo("u", "v", ".*", "", "r"), Accounts.FindPermissions("u", "v"));
        Assert.Equal(VirtualHostSettings.Default, Find("v")!.Host.Settings);
        Administration.PutVirtualHost("w", static s => s);
        Assert.Contains("vhost-8", old.Names);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("(")]
    [InlineData("[a")]
    public void What_is_no_pattern_is_refused(string pattern)
    {
        Refused(Refusal.Invalid, () => Administration.SetPermissions("/", "guest", pattern, "", ""));
        Refused(Refusal.Invalid, () => Administration.SetTopicPermissions("/", "guest", "amq.topic", "", pattern));
        Assert.Equal(".*", Accounts.FindPermissions("guest", "/")!.Configure);
    }

    [Fact]
    public void What_names_nobody_is_refused()
    {
        string tooLong = new('n', 256);
        Refused(Refusal.Invalid, () => Administration.SetPermissions("/", "none", "", "", ""));
        Refused(Refusal.Invalid, () => Administration.SetPermissions("none", "guest", "", "", ""));
        Refused(Refusal.Invalid, () => Administration.PutUser(tooLong, "p", []));
        Refused(Refusal.Invalid, () => Administration.PutUser("u", "p", [tooLong]));
        Refused(Refusal.Invalid, () => Administration.PutVirtualHost("v", static s => s with { DefaultQueueType = "other" }));
        Refused(Refusal.NotFound, () => Administration.ClearPermissions("/", "none"));
        Refused(Refusal.NotFound, () => Administration.ClearTopicPermissions("/", "guest"));
        Refused(Refusal.NotFound, () => Administration.SetUserLimits("none", static l => l));
        Refused(Refusal.NotFound, () => Administration.SetVirtualHostLimits("none", static l => l));
    }

    [Fact]
    public void What_was_deleted_does_not_come_back_when_all_is_gone()
    {
        Administration.DeleteUser("guest");
        Administration.DeleteVirtualHost("/");
        Reopen();
        Assert.Empty(Accounts.Users);
        Assert.Null(Find("/"));
    }

    private void Change()
    {
        Administration.PutUser("u", PasswordHash.Create("p"u8, PasswordHashing.Sha512), PasswordHashing.Sha512, ["a", "b"]);
        Administration.SetUserLimits("u", static _ => new UserLimits(5, -1));
        Administration.PutVirtualHost("v", static s => s with
        {
            Description = "for ü",
            Tags = ["x"],
            DefaultQueueType = "quorum",
            ProtectedFromDeletion = true,
            Tracing = true,
        });
        Administration.SetVirtualHostLimits("v", static _ => new VirtualHostQuota(1, 0, null));
        Administration.SetPermissions("v", "u", "^a", "", "c$");
        Administration.SetTopicPermissions("v", "u", "amq.topic", "^a", "b");
        Administration.SetTopicPermissions("v", "u", "other", "", "");
        Administration.ClearTopicPermissions("v", "u", "other");
        Administration.PutVirtualHost("gone", static s => s);
        Administration.DeleteVirtualHost("gone");
        Administration.PutUser("gone", "p", []);
        Administration.DeleteUser("gone");
    }

    private string Describe()
    {
        AccountsView accounts = Accounts;
        VirtualHostSettings host = Find("v")!.Host.Settings;
        return string.Join(
            '\n',
            [
                .. accounts.Users.Select(static u =>
                    $"{u.Name} {Convert.ToHexString(u.PasswordHash.Span)} {u.Hashing} {string.Join(',', u.Tags)} {u.Limits}"),
                .. accounts.Permissions.Select(static p => p.ToString()),
                .. accounts.TopicPermissions.Select(static p => p.ToString()),
                $"{host with { Tags = [] }} {string.Join(',', host.Tags)}",
                string.Join(',', _broker.VirtualHosts.Select(static h => h.Name.ToString()).Order()),
            ]);
    }

    private User? Login(string name, string password) => _broker.Login(ShortString.FromString(name), Encoding.UTF8.GetBytes(password));

    private VirtualHostRuntime? Find(string name) => _broker.FindVirtualHost(ShortString.FromString(name));

    private void Reopen()
    {
        _broker.Dispose();
        _broker = Open();
    }

    private Broker Open(KeptJournals? journals = null) =>
        Broker.Open(new BrokerOptions(), journals ?? _journals, TimeProvider.System, static e => throw e);

    private static AdministrationException Refused(Refusal refusal, Action command)
    {
        AdministrationException refused = Assert.Throws<AdministrationException>(command);
        Assert.Equal(refusal, refused.Refusal);
        return refused;
    }

    private static void Append(IJournal journal, byte[] record)
    {
        JournalBatch batch = journal.Begin();
        batch.BeginRecord();
        batch.Write(record);
        batch.EndRecord();
        journal.Append(batch);
    }

    private sealed class NoReplay : IJournalReplay
    {
        public void Image(long stamp, ReadOnlySpan<byte> image) => throw new NotSupportedException();

        public void Record(long position, ReadOnlySpan<byte> record) => throw new NotSupportedException();

        public void Progress(long bytesDone, long bytesTotal)
        {
        }
    }
}
