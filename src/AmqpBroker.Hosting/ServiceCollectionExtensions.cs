using AmqpBroker.Management;
using AmqpBroker.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting;

/// <summary>Brings a broker into a Generic Host.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds a broker that starts and stops with the host. Resolve <see cref="BrokerService"/> to learn its addresses.</summary>
    public static IServiceCollection AddAmqpBroker(this IServiceCollection services, AmqpBrokerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.AddSingleton(options);
        services.AddSingleton(provider => new AmqpServer(options.Server, provider.GetRequiredService<ILogger<AmqpServer>>()));
        if (options.Management.Listen.Count > 0)
        {
            ManagementOptions management = options.Management with
            {
                ClusterName = options.Server.ClusterName,
                ProductName = options.Server.AnnounceProduct,
                ProductVersion = options.Server.AnnounceVersion,
                LoopbackUsers = options.Server.LoopbackUsers,
            };
            services.AddSingleton(provider => new ManagementServer(management, provider.GetRequiredService<ILoggerFactory>()));
        }

        services.AddSingleton(provider => new BrokerService(
            options,
            provider.GetRequiredService<AmqpServer>(),
            provider.GetService<ManagementServer>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<ILogger<BrokerService>>()));
        services.AddHostedService(static provider => provider.GetRequiredService<BrokerService>());
        return services;
    }
}
