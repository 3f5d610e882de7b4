using System.Text;
using AmqpBroker.Interop.Shared;
using DotNet.Testcontainers.Containers;
using Testcontainers.RabbitMq;

namespace AmqpBroker.Differential.References;

/// <summary>A container of RabbitMQ's own image, with the plugins that the installed package runs with.</summary>
internal sealed class ContainerReference : IBroker
{
    /// <summary>The release that <c>spec/errata.md</c> is written against.</summary>
    public const string Image = "rabbitmq:3.10.8-management";

    private const ushort ManagementContainerPort = 15672;

    private readonly RabbitMqContainer _container;

    private ContainerReference(RabbitMqContainer container) => _container = container;

    public string Host => _container.Hostname;

    public int Port => _container.GetMappedPublicPort(RabbitMqBuilder.RabbitMqPort);

    public int? ManagementPort => _container.GetMappedPublicPort(ManagementContainerPort);

    public string NamePrefix => "";

    public bool IsRunning => _container.State == TestcontainersStates.Running;

    public string RecentOutput => $"(docker logs {_container.Id})";

    /// <summary>Starts it; the first time, Docker fetches the image.</summary>
    public static async Task<ContainerReference> StartAsync()
    {
        RabbitMqContainer container = new RabbitMqBuilder(Image)
            .WithUsername("guest")
            .WithPassword("guest")
            .WithPortBinding(ManagementContainerPort, assignRandomHostPort: true)
            .WithResourceMapping(Encoding.ASCII.GetBytes($"[{string.Join(',', BrokerUnderTest.RabbitMQPlugins)}].\n"), "/etc/rabbitmq/enabled_plugins")
            .WithResourceMapping("loopback_users = none\n"u8.ToArray(), "/etc/rabbitmq/conf.d/90-differential.conf")
            .Build();
        try
        {
            await container.StartAsync();
            return new ContainerReference(container);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();
}
