using AmqpBroker.Hosting.Configuration;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Tests;

/// <summary>What can be set, where, and which source goes before which.</summary>
public sealed class SettingTests
{
    private static readonly Dictionary<string, IReadOnlyList<string>> s_nothing = [];

    [Fact]
    public void Without_settings_the_defaults_hold()
    {
        AmqpBrokerOptions options = Resolve();
        Assert.Equal("./data", options.DataDirectory);
        Assert.Equal("127.0.0.1:5672", Assert.Single(options.Server.Listen).ToString());
        Assert.Equal(JournalSync.Fsync, options.Durability);
        Assert.Equal(("guest", "guest", "/"), (options.Broker.DefaultUser, options.Broker.DefaultPassword, options.Broker.DefaultVirtualHost));
        Assert.Equal((30 * 60 * 1000, 65_536), (options.Broker.Limits.ConsumerTimeoutMs, options.Broker.Limits.ConsumersPerChannel));
        Assert.Equal(("RabbitMQ", "3.13.7"), (options.Server.AnnounceProduct, options.Server.AnnounceVersion));
    }

    [Fact]
    public void The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        var file = new Dictionary<string, IReadOnlyList<string>> { ["data-dir"] = ["file"], ["durability"] = ["os"], ["cluster-name"] = ["file"] };
        AmqpBrokerOptions options = Resolve(
            new() { ["data-dir"] = ["line"] },
            new() { ["AMQPBROKER_DATA_DIR"] = "environment", ["AMQPBROKER_CLUSTER_NAME"] = "environment" },
            file);
        Assert.Equal("line", options.DataDirectory);
        Assert.Equal("environment", options.Server.ClusterName);
        Assert.Equal(JournalSync.Os, options.Durability);
    }

    [Fact]
    public void Lists_are_given_several_times_or_with_commas()
    {
        Assert.Equal(["127.0.0.1:1", "[::1]:2", "0.0.0.0:3"], Resolve(new() { ["listen"] = ["127.0.0.1:1", "[::1]:2", "*:3"] }).Server.Listen.Select(e => e.ToString()));
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], Resolve(environment: new() { ["AMQPBROKER_LISTEN"] = "127.0.0.1:1, 127.0.0.1:2" }).Server.Listen.Select(e => e.ToString()));
    }

    [Theory]
    [InlineData("50MB", 50_000_000)]
    [InlineData("50MiB", 52_428_800)]
    [InlineData("50M", 52_428_800)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("1kB", 1000)]
    [InlineData("1k", 1024)]
    [InlineData("12345", 12345)]
    [InlineData("0", 0)]
    public void Sizes_have_RabbitMQs_units(string text, long bytes) =>
        Assert.Equal(bytes, Resolve(new() { ["disk-free-limit"] = [text] }).Server.DiskFreeLimitBytes);

    [Fact]
    public void The_memory_for_messages_is_a_size()
    {
        Assert.Equal(128L << 20, Resolve().Broker.Limits.ReadyMessageBytes);
        Assert.Equal(1L << 30, Resolve(new() { ["memory-for-messages"] = ["1GiB"] }).Broker.Limits.ReadyMessageBytes);
    }

    [Fact]
    public void The_memory_limit_is_a_share_or_a_size()
    {
        Assert.Equal(MemoryLimit.OfShare(0.6), Resolve().Server.MemoryLimit);
        Assert.Equal(50_000_000, Resolve().Server.DiskFreeLimitBytes);
        Assert.Equal(MemoryLimit.OfShare(0.25), Resolve(new() { ["memory-high-watermark"] = ["0.25"] }).Server.MemoryLimit);
        Assert.Equal(MemoryLimit.OfShare(1), Resolve(new() { ["memory-high-watermark"] = ["1"] }).Server.MemoryLimit);
        Assert.Equal(MemoryLimit.OfBytes(1L << 30), Resolve(new() { ["memory-high-watermark"] = ["1GiB"] }).Server.MemoryLimit);
    }

    [Fact]
    public void Dockers_variables_are_understood_after_our_own()
    {
        AmqpBrokerOptions options = Resolve(environment: new()
        {
            ["RABBITMQ_DEFAULT_USER"] = "u",
            ["RABBITMQ_DEFAULT_PASS"] = "p",
            ["RABBITMQ_DEFAULT_VHOST"] = "v",
            ["AMQPBROKER_DEFAULT_VHOST"] = "ours",
        });
        Assert.Equal(("u", "p", "ours"), (options.Broker.DefaultUser, options.Broker.DefaultPassword, options.Broker.DefaultVirtualHost));
    }

    [Theory]
    [InlineData("listen", "5672")]
    [InlineData("listen", "127.0.0.1:70000")]
    [InlineData("durability", "maybe")]
    [InlineData("announce-version", "three")]
    [InlineData("max-connections", "0")]
    [InlineData("memory-high-watermark", "1.5")]
    [InlineData("memory-high-watermark", "half")]
    [InlineData("memory-high-watermark", "-0.1")]
    [InlineData("disk-free-limit", "50 MB")]
    [InlineData("disk-free-limit", "-1")]
    [InlineData("disk-free-limit", "9999999999TB")]
    [InlineData("max-message-bytes", "536870913")]
    [InlineData("frame-max", "4095")]
    [InlineData("heartbeat", "-1")]
    [InlineData("consumer-timeout", "soon")]
    [InlineData("consumers-per-channel", "0")]
    [InlineData("data-dir", "")]
    public void A_value_that_cannot_be_names_its_setting(string name, string value) =>
        Assert.StartsWith($"--{name} ", Assert.Throws<SettingException>(() => Resolve(new() { [name] = [value] })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_setting_of_one_value_is_given_once() =>
        Assert.Throws<SettingException>(() => Resolve(new() { ["data-dir"] = ["a", "b"] }));

    [Fact]
    public void Nobody_is_restricted_to_loopback_with_none()
    {
        Assert.Equal(["guest"], Resolve().Server.LoopbackUsers);
        Assert.Empty(Resolve(new() { ["loopback-users"] = ["none"] }).Server.LoopbackUsers);
    }

    [Theory]
    [InlineData("""{ "data-dir": "x", /* why */ "listen": ["1.2.3.4:5"], "max-connections": 7, }""", null)]
    [InlineData("""{ "data-dri": "x" }""", "there is no setting 'data-dri'")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{", "configuration file")]
    public void A_file_is_one_object_of_known_names(string text, string? error)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            if (error is not null)
            {
                Assert.Contains(error, Assert.Throws<SettingException>(() => SettingValues.ReadFile(path)).Message, StringComparison.Ordinal);
                return;
            }

            AmqpBrokerOptions options = Resolve(file: new Dictionary<string, IReadOnlyList<string>>(SettingValues.ReadFile(path)));
            Assert.Equal(("x", 7, "1.2.3.4:5"), (options.DataDirectory, options.Server.MaxConnections, options.Server.Listen[0].ToString()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("/no/such/file", Assert.Throws<SettingException>(() => SettingValues.ReadFile("/no/such/file")).Message, StringComparison.Ordinal);

    private static AmqpBrokerOptions Resolve(
        Dictionary<string, IReadOnlyList<string>>? commandLine = null,
        Dictionary<string, string>? environment = null,
        Dictionary<string, IReadOnlyList<string>>? file = null) => SettingValues.Resolve(
            name => commandLine?.GetValueOrDefault(name) ?? [],
            variable => environment?.GetValueOrDefault(variable),
            file ?? s_nothing);
}
