using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AmqpBroker.EndToEnd;

/// <summary>What the executable says and does at its start, and that a start that cannot work touches nothing.</summary>
public sealed class StartTests : IDisposable
{
    private const int TimeoutMs = 120_000;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TimeoutMs)]
    public async Task a_start_says_in_one_line_where_it_serves_and_what_it_took()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data);
        string line = Assert.Single(broker.Output.Lines, l => l.Contains("startup complete", StringComparison.Ordinal));
        Assert.Matches(@"^Server startup complete: listening on 127\.0\.0\.1:\d+, \d+ ms after the process began$", line);
        Assert.Empty(broker.Errors.Lines);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task help_lists_every_option_and_version_is_one_line()
    {
        await using BrokerProcess help = BrokerProcess.Launch("--help");
        Assert.Equal(0, await help.ExitedAsync());
        string text = help.Output.ToString();
        string[] options =
        [
            "--data-dir", "--listen", "--durability", "--config", "--log-level", "--announce-product", "--announce-version",
            "--default-user", "--default-pass", "--default-vhost", "--max-message-bytes", "--heartbeat", "RABBITMQ_DEFAULT_USER",
        ];
        Assert.All(options, option => Assert.Contains(option, text));

        await using BrokerProcess version = BrokerProcess.Launch("--version");
        Assert.Equal(0, await version.ExitedAsync());
        Assert.Matches(@"^\d+\.\d+\.\d+", Assert.Single(version.Output.Lines));
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("--nonsense", "1")]
    [InlineData("--frame-max", "12")]
    [InlineData("--listen", "nowhere")]
    [InlineData("--listen", "127.0.0.1:70000")]
    [InlineData("--durability", "perhaps")]
    [InlineData("--announce-version", "three")]
    [InlineData("--log-level", "loud")]
    public async Task a_bad_option_is_refused_in_one_line(string option, string value)
    {
        string line = await RefusedAsync(2, _folder.Path, "--data-dir", _folder.Data, option, value);
        Assert.Contains(option, line);
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("{ this is no JSON", "config")]
    [InlineData("[]", "object")]
    [InlineData("""{ "dat-dir": "x" }""", "dat-dir")]
    [InlineData("""{ "frame-max": "many" }""", "frame-max")]
    [InlineData(null, "amqpbroker.json")]
    public async Task a_bad_configuration_file_is_refused_in_one_line(string? content, string named)
    {
        string file = _folder["amqpbroker.json"];
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content);
        }

        Assert.Contains(named, await RefusedAsync(2, _folder.Path, "--data-dir", _folder.Data, "--config", file));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_busy_port_is_refused_in_one_line()
    {
        using Socket busy = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        busy.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        busy.Listen();
        string address = busy.LocalEndPoint!.ToString()!;
        Assert.Contains(address, await RefusedAsync(1, _folder.Path, "--data-dir", _folder.Data, "--listen", address));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_data_directory_that_cannot_be_is_refused_in_one_line()
    {
        // Below a file: not even root can make that.
        await File.WriteAllTextAsync(_folder["file"], "in the way");
        string directory = Path.Combine(_folder["file"], "data");
        Assert.Contains(directory, await RefusedAsync(1, _folder.Path, "--data-dir", directory, "--listen", "127.0.0.1:0"));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_data_directory_without_write_permission_is_refused_in_one_line()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        Directory.CreateDirectory(_folder.Data);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.Data, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Assert.Contains(_folder.Data, await RefusedAsync(1, _folder.Path, "--data-dir", _folder.Data, "--listen", "127.0.0.1:0"));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_second_broker_on_a_data_directory_refuses_and_the_first_goes_on()
    {
        await using BrokerProcess first = await BrokerProcess.StartAsync(_folder.Data);
        await SparesAreMadeAsync();
        Assert.Contains("in use", await RefusedAsync(1, _folder.Path, "--data-dir", _folder.Data, "--listen", "127.0.0.1:0"));
        await using IConnection connection = await Client.ConnectAsync(first);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.DeclareDurableAsync("q");
        await channel.PublishAsync("q", "still here");
        Assert.Equal("still here", Assert.Single(await channel.TakeAllAsync("q")).Text());
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("server")]
    [InlineData("vhost-*")]
    public async Task files_of_a_newer_version_are_refused_and_left_as_they_are(string journal)
    {
        await using (BrokerProcess old = await BrokerProcess.StartAsync(_folder.Data))
        {
            Assert.Equal(0, await old.StopAsync());
        }

        string file = Directory.GetDirectories(Path.Combine(_folder.Data, "vhosts"), journal)
            .SelectMany(folder => Directory.GetFiles(folder, "segment-*.log"))
            .First(IsInUse);
        int version = MakeNewer(file);
        string line = await RefusedAsync(1, _folder.Data, "--data-dir", _folder.Data, "--listen", "127.0.0.1:0");
        Assert.Contains(file, line);
        Assert.Contains($"format version {version}", line);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task the_default_user_and_virtual_host_can_be_set_as_for_dockers_image()
    {
        ProcessStartInfo start = new(Repository.BrokerBinary);
        start.Environment["RABBITMQ_DEFAULT_USER"] = "alice";
        start.Environment["RABBITMQ_DEFAULT_PASS"] = "wonder land";
        start.Environment["RABBITMQ_DEFAULT_VHOST"] = "shop";
        ConnectionFactory factory;
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(start, _folder.Data))
        {
            factory = Client.Factory(broker.Port);
            (factory.UserName, factory.Password, factory.VirtualHost) = ("alice", "wonder land", "shop");
            await using IConnection connection = await factory.CreateConnectionAsync();
            Assert.True(connection.IsOpen);
            Assert.Equal(0, await broker.StopAsync());
        }

        // They were made at the first start, and no other start makes others.
        await using BrokerProcess again = await BrokerProcess.StartAsync(_folder.Data);
        factory.Port = again.Port;
        await using IConnection back = await factory.CreateConnectionAsync();
        Assert.True(back.IsOpen);
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => Client.Factory(again.Port).CreateConnectionAsync());
        using RawClient other = await RawClient.ConnectAsync(again.Port);
        await other.SendAsync(Wire.ProtocolHeader, Wire.StartOk("PLAIN", "\0alice\0wonder land"), Wire.TuneOk(), Wire.ConnectionOpen("/"));
        Assert.Equal(new RawClose(530, "NOT_ALLOWED - vhost / not found"), await other.ReadConnectionCloseAsync());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task clients_are_told_the_product_and_version_that_were_set()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder["a"]);
        await using IConnection connection = await Client.ConnectAsync(broker);
        Assert.Equal(("RabbitMQ", "3.13.7"), (Property(connection, "product"), Property(connection, "version")));
        Assert.Contains("AmqpBroker", Property(connection, "platform"));
        Assert.Contains("AmqpBroker", Property(connection, "information"));

        await File.WriteAllTextAsync(_folder["config.json"], """{ "announce-product": "Bunny", "announce-version": "9.9.9" }""");
        await using BrokerProcess other = await BrokerProcess.StartAsync(
            _folder["b"], "--config", _folder["config.json"], "--announce-version", "4.2.1");
        await using IConnection another = await Client.ConnectAsync(other);
        Assert.Equal(("Bunny", "4.2.1"), (Property(another, "product"), Property(another, "version")));
    }

    private static string Property(IConnection connection, string name) =>
        Encoding.UTF8.GetString((byte[])connection.ServerProperties![name]!);

    /// <summary>Starts what cannot start: one line says why, and nothing in a folder changes. Returns the line.</summary>
    private static async Task<string> RefusedAsync(int exitCode, string folder, params string[] arguments)
    {
        string[] before = TestFolder.Listing(folder);
        await using BrokerProcess broker = BrokerProcess.Launch(arguments);
        Assert.Equal(exitCode, await broker.ExitedAsync());
        Assert.DoesNotContain(broker.Output.Lines, line => line.Contains("startup complete", StringComparison.Ordinal));
        string line = Assert.Single(broker.Errors.Lines);
        Assert.StartsWith("amqpbroker: ", line);
        Assert.Equal(before, TestFolder.Listing(folder));
        return line;
    }

    /// <summary>A broker makes spare files in the background; with two in each journal it is done, and what changes then is not its doing.</summary>
    private Task SparesAreMadeAsync() => Eventually.HoldsAsync(
        () => Directory.GetDirectories(Path.Combine(_folder.Data, "vhosts")).All(folder =>
            Directory.GetFiles(folder, "*.tmp").Length == 0 && Directory.GetFiles(folder, "segment-*.log").Count(file => !IsInUse(file)) >= 2),
        () => string.Join('\n', TestFolder.Listing(_folder.Path)));

    private static bool IsInUse(string segment)
    {
        using FileStream stream = File.OpenRead(segment);
        Span<byte> magic = stackalloc byte[4];
        stream.ReadExactly(magic);
        return magic.SequenceEqual("AMQS"u8);
    }

    /// <summary>Raises the version in a segment's header (FORMAT.md), checksum and all.</summary>
    private static int MakeNewer(string segment)
    {
        using FileStream stream = new(segment, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> header = stackalloc byte[64];
        stream.ReadExactly(header);
        ushort version = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) + 1);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C(header[..60]));
        stream.Position = 0;
        stream.Write(header);
        return version;
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
