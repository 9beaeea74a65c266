"""The demo's confidentiality agreement: published, and accepted by everybody but one rep, who is asked at sign-in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from server.services import agreements
from server.services.demo.staff import Member

NOT_YET: Final = "rep6"
TITLE: Final = ("客户资料保密协议", "Confidentiality agreement on customer data")
TEXT: Final = (
    """客户档案属于公司。公司按班次借给你当天线路所需的客户卡，班次结束即收回。
你只为拜访、订货、配送和处理客户问题而使用客户资料，不抄录、不拍照、不转告他人，也不用于公司以外的目的。
查阅联系人号码须有理由；每次查阅的人、时间、地点和理由都会记录，本人可以查看。
清单只能经他人签批后以文件导出，文件带申请人姓名。屏幕上有你的姓名水印。
手机遗失、账号被盗或发现资料外泄，应立即报告主管。
离职或调岗时，借阅立即停止，手机上的资料会被删除；保密义务在离职后继续有效。""",
    """The customer files belong to the company. For a shift you are lent the cards that the day's route needs.
You use customer data for visits, orders, deliveries and customers' questions only. You do not copy it or pass it on.
Opening a number takes a reason. Who, when, where and why is written down each time; you can see your own record.
A list leaves as a file only, signed by somebody else and bearing the asker's name. Your name stands on the screen.
Tell your supervisor at once when a phone is lost, an account is stolen or data has got out.
When you leave or change your post, lending stops at once and what is on the phone is deleted. The duty stays.""",
)


def publish_and_accept(members: Iterable[Member], *, manager_id: int, now: datetime) -> None:
    """Publish the first version; all who work here accept it, but one. Inside the founding."""
    version = agreements.publish(
        title=TITLE[0], title_en=TITLE[1], text=TEXT[0], text_en=TEXT[1], by=manager_id, now=now
    ).version
    for member in members:
        if member.status == "active" and member.login != NOT_YET:
            agreements.accept(person_id=member.id, version=version, locale="zh-CN", device_id=None, now=now)
