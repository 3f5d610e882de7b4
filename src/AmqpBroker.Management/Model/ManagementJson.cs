using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>How answers become JSON: names as RabbitMQ writes them, code made by the compiler. Tables nest deeper than usual JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    MaxDepth = 256,
    Converters = [typeof(PlainTableConverter)])]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(OverviewJson))]
[JsonSerializable(typeof(WhoAmIJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(AlarmsJson))]
[JsonSerializable(typeof(ConnectionJson))]
[JsonSerializable(typeof(ResourceLimitsJson))]
[JsonSerializable(typeof(IEnumerable<VirtualHostJson>))]
[JsonSerializable(typeof(VirtualHostJson))]
[JsonSerializable(typeof(IEnumerable<QueueJson>))]
[JsonSerializable(typeof(QueueJson))]
[JsonSerializable(typeof(IEnumerable<ExchangeJson>))]
[JsonSerializable(typeof(ExchangeJson))]
[JsonSerializable(typeof(IEnumerable<BindingJson>))]
[JsonSerializable(typeof(IEnumerable<PolicyJson>))]
[JsonSerializable(typeof(PolicyJson))]
[JsonSerializable(typeof(IEnumerable<ConnectionJson>))]
[JsonSerializable(typeof(IEnumerable<UserJson>))]
[JsonSerializable(typeof(UserJson))]
[JsonSerializable(typeof(IEnumerable<PermissionJson>))]
[JsonSerializable(typeof(PermissionJson))]
[JsonSerializable(typeof(IEnumerable<TopicPermissionJson>))]
[JsonSerializable(typeof(IEnumerable<LimitsJson>))]
internal sealed partial class ManagementJson : JsonSerializerContext;
