using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AmqpBroker.Differential.References;
using Xunit;

namespace AmqpBroker.Differential;

/// <summary>Which RabbitMQ is compared with, and that looking for it holds nobody up.</summary>
public sealed class ReferenceTests : IDisposable
{
    private static readonly DockerProbe s_none = new(false, "no Docker");
    private readonly string _folder = Directory.CreateTempSubdirectory("differential-").FullName;

    private string SocketPath => Path.Combine(_folder, "docker.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_container_comes_before_the_package()
    {
        Assert.Equal(ReferenceKind.Container, ReferenceChoice.Choose(null, () => new(true, "Docker answers"), isInstalled: true).Kind);
        Assert.Equal(ReferenceKind.Installed, ReferenceChoice.Choose(null, () => s_none, isInstalled: true).Kind);
        Assert.Equal(ReferenceKind.None, ReferenceChoice.Choose("", () => s_none, isInstalled: false).Kind);
    }

    [Theory]
    [InlineData("container", nameof(ReferenceKind.Container))]
    [InlineData("installed", nameof(ReferenceKind.Installed))]
    [InlineData("amqp://10.0.0.1", nameof(ReferenceKind.Address))]
    public void A_wish_is_followed_without_asking_Docker(string wish, string kind) =>
        Assert.Equal(kind, ReferenceChoice.Choose(wish, () => throw new InvalidOperationException("asked"), isInstalled: true).Kind.ToString());

    [Fact]
    public void A_wish_that_cannot_be_had_is_not_replaced() =>
        Assert.Equal(ReferenceKind.None, ReferenceChoice.Choose("installed", () => new(true, ""), isInstalled: false).Kind);

    [Theory]
    [InlineData("amqp://a%40b:c%3Ad@host:1?management=2", "host", 1, 2, "a@b", "c:d")]
    [InlineData("amqp://host/", "host", 5672, 15672, "guest", "guest")]
    [InlineData("amqp://u@[::1]:7", "::1", 7, 15672, "u", "")]
    public void Addresses_are_read(string text, string host, int port, int management, string user, string password) =>
        Assert.Equal(new ReferenceAddress(host, port, management, user, password), ReferenceAddress.Parse(text));

    [Theory]
    [InlineData("docker")]
    [InlineData("http://host")]
    [InlineData("amqp://host/vhost")]
    [InlineData("amqp://host?management=x")]
    [InlineData("amqp://host?other=1")]
    public void What_is_no_address_is_refused(string text) => Assert.Throws<FormatException>(() => ReferenceAddress.Parse(text));

    [Fact]
    public void Without_a_socket_there_is_no_Docker()
    {
        Assert.False(DockerProbe.Ask(null, [SocketPath]).Answers);
        Assert.False(DockerProbe.Ask($"unix://{SocketPath}", []).Answers);
        Assert.False(DockerProbe.Ask("ssh://host", []).Answers);
        Assert.False(DockerProbe.Ask("nothing", []).Answers);
    }

    [Fact]
    public async Task An_engine_that_answers_at_the_socket_is_found()
    {
        using Socket engine = Listen();
        Task served = AnswerAsync(engine, "HTTP/1.0 200 OK\r\nApi-Version: 1.43\r\n\r\nOK"u8.ToArray());
        Assert.Equal(new DockerProbe(true, $"Docker answers at unix://{SocketPath}"), DockerProbe.Ask(null, [Path.Combine(_folder, "absent"), SocketPath]));
        await served;
    }

    [Fact]
    public async Task Another_service_at_the_socket_is_no_Docker()
    {
        using Socket engine = Listen();
        Task served = AnswerAsync(engine, "HTTP/1.0 404 Not Found\r\n\r\n"u8.ToArray());
        Assert.False(DockerProbe.Ask($"unix://{SocketPath}", []).Answers);
        await served;
    }

    [Fact]
    public void An_engine_that_does_not_answer_is_given_up_soon()
    {
        using Socket silent = Listen();
        long begun = Stopwatch.GetTimestamp();
        DockerProbe probe = DockerProbe.Ask(null, [SocketPath]);
        Assert.False(probe.Answers);
        Assert.Contains("did not answer", probe.Finding, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_port_that_nobody_listens_on_is_no_Docker()
    {
        using Socket unused = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound and not listening: refused
        Assert.False(DockerProbe.Ask($"tcp://{unused.LocalEndPoint}", []).Answers);
    }

    private Socket Listen()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        socket.Listen();
        return socket;
    }

    private static async Task AnswerAsync(Socket engine, byte[] answer)
    {
        using Socket client = await engine.AcceptAsync();
        await client.ReceiveAsync(new byte[1024]);
        await client.SendAsync(answer);
    }
}
