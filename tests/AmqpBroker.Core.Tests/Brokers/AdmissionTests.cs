using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Brokers;

/// <summary>Who may connect, and who is closed.</summary>
public sealed class AdmissionTests : IDisposable
{
    private readonly KeptJournals _journals = new();
    private readonly Broker _broker;
    private readonly User _user;

    public AdmissionTests()
    {
        _broker = Broker.Open(new BrokerOptions(), _journals, TimeProvider.System, static e => throw e);
        _broker.Administration.PutUser("u", "p", []);
        _broker.Administration.PutVirtualHost("v", static s => s);
        _broker.Administration.SetPermissions("v", "u", "", "", "");
        _user = _broker.Login(ShortString.FromString("u"), "p"u8)!;
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void Connections_are_let_in_as_far_as_limits_and_permissions_go()
    {
        Refused("vhost none not found", () => Admit("none"));
        Refused("access to vhost '/' refused for user 'u'", () => Admit("/"));
        Admission first = Admit("v");
        _broker.Administration.SetUserLimits("u", static l => l with { MaxConnections = 1 });
        Refused("connection refused for user 'u': user connection limit (1) is reached", () => Admit("v"));
        Refused("connection refused for user 'u': user connection limit (1) is reached", () => Admit("/"));
        _broker.Administration.SetVirtualHostLimits("v", static l => l with { MaxConnections = 1 });
        Refused("access to vhost 'v' refused for user 'u': connection limit (1) is reached", () => Admit("v"));
        first.Leave();
        Admission second = Admit("v");
        first.Dispose();
        Refused("access to vhost 'v' refused for user 'u': connection limit (1) is reached", () => Admit("v"));
        second.Dispose();
        second.Dispose();
        Admit("v").Dispose();
        _broker.Administration.SetVirtualHostLimits("v", static l => l with { MaxConnections = 0 });
        Refused("access to vhost 'v' refused for user 'u': connection limit (0) is reached", () => Admit("v"));
        _broker.Administration.SetVirtualHostLimits("v", static l => l with { MaxConnections = -1 });
        Admit("v").Dispose();
    }

    [Fact]
    public void Channels_of_a_user_are_counted_over_all_connections()
    {
        const string refusal = "number of channels opened for user 'u' has reached the maximum allowed user limit of (2)";
        _broker.Administration.SetUserLimits("u", static l => l with { MaxChannels = 2 });
        Admission first = Admit("v");
        Admission second = Admit("v");
        first.OpenChannel();
        second.OpenChannel();
        Refused(refusal, first.OpenChannel);
        second.CloseChannel();
        first.OpenChannel();
        Refused(refusal, second.OpenChannel);
        first.Leave();
        second.OpenChannel();
        second.OpenChannel();
        Refused(refusal, second.OpenChannel);
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public void The_connections_of_a_deleted_user_are_closed()
    {
        var connection = new Connection();
        using Admission admission = _broker.Admit(_user, ShortString.FromString("v"), connection);
        _broker.Administration.DeleteUser("u");
        Assert.Equal("user 'u' is deleted", connection.ClosedBecause);
        Refused("access to vhost 'v' refused for user 'u'", () => Admit("v"));
    }

    [Fact]
    public void A_deleted_virtual_host_goes_with_its_last_connection()
    {
        var connection = new Connection();
        Admission first = _broker.Admit(_user, ShortString.FromString("v"), connection);
        Admission second = _broker.Admit(_user, ShortString.FromString("v"), connection);
        _broker.Administration.DeleteVirtualHost("v");
        Assert.Equal("vhost 'v' is deleted", connection.ClosedBecause);
        Refused("vhost v not found", () => Admit("v"));
        first.Dispose();
        Assert.False(first.VirtualHost.Host.HasEnded);
        second.Dispose();
        _broker.Dispose();
        Assert.True(first.VirtualHost.Host.HasEnded);
        Assert.Equal(["server", "vhost-1"], _journals.Names.Order());
    }

    private Admission Admit(string virtualHost) => _broker.Admit(_user, ShortString.FromString(virtualHost), new Connection());

    private static void Refused(string text, Action asked)
    {
        ConnectionException refused = Assert.Throws<ConnectionException>(asked);
        Assert.Equal((ReplyCode.NotAllowed, text), (refused.Code, refused.Text));
    }

    private static void Refused(string text, Func<Admission> asked) => Refused(text, () => { asked(); });

    private sealed class Connection : IAdmittedConnection
    {
        public string? ClosedBecause { get; private set; }

        public void CloseByServer(string reason) => ClosedBecause = reason;
    }
}
