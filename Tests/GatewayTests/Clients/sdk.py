"""The seven operations by the vendor's own SDK, unmodified. Arguments: URL of the API, key, "Bearer" or "" as prefix."""
import sys
import time

import nodeum_sdk
from nodeum_sdk.rest import ApiException

url, key, prefix = sys.argv[1:4]
configuration = nodeum_sdk.Configuration(host=url)
configuration.api_key["Authorization"] = key
if prefix:
    configuration.api_key_prefix["Authorization"] = prefix
client = nodeum_sdk.ApiClient(configuration)
api = nodeum_sdk.CloudConnectorsApi(client)
mask = "[censored]"

listed = api.index_cloud_connectors(limit=3, sort_by=["name:desc"])
assert listed.count == 8 and len(listed.cloud_connectors) == 3, listed
assert all(one.secret_key == mask for one in listed.cloud_connectors), listed
found = api.index_cloud_connectors(name="~aws%")
assert [one.name for one in found.cloud_connectors] == ["aws-archive"], found

shown = api.show_cloud_connector(cloud_connector_id="1")
assert shown.name == "aws-archive" and shown.secret_key == mask, shown
assert api.show_cloud_connector(cloud_connector_id="aws-archive").id == 1

draft = nodeum_sdk.CloudConnector(
    name="by-sdk %s" % (prefix or "bare"), url="https://s3.example.com", provider="generic_s3", access_key="a",
    secret_key="SECRET-from-the-sdk")
created = api.create_cloud_connector(cloud_connector_body=draft)
assert created.id > 8 and created.secret_key == mask, created
updated = api.update_cloud_connector(
    cloud_connector_id=created.name, cloud_connector_body=nodeum_sdk.CloudConnector(region="eu-7"))
assert updated.region == "eu-7" and updated.id == created.id, updated

job = api.test_cloud_connector(cloud_connector_body=draft)
assert job.job_id, job
for _ in range(20):
    result, status, _ = api.test_result_cloud_connector_with_http_info(job_id=job.job_id)
    if status == 200:
        break
    time.sleep(0.01)
assert status == 200, (status, result)

api.destroy_cloud_connector(cloud_connector_id=str(created.id))
try:
    api.show_cloud_connector(cloud_connector_id=str(created.id))
    raise AssertionError("it is still there")
except ApiException as error:
    assert error.status == 404, error
try:
    nodeum_sdk.PoolsApi(client).index_pools()
    raise AssertionError("a scope that the key lacks")
except ApiException as error:
    assert error.status == 403 and "pools" in error.body, error
print("completed")
