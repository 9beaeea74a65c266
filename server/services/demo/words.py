"""The invented words of the demo company: shops, streets, people, drinks. No real shop, person or brand is meant."""

from typing import Final, NamedTuple


class Named(NamedTuple):
    """A Chinese and an English name."""

    zh: str
    en: str


COMPANY: Final = Named("东岸饮料", "Eastshore Beverages")
DISTRICT: Final = Named("东岸区", "Eastshore District")
OTHER_DISTRICT: Final = Named("西屿区", "West Islet District")


class Area(NamedTuple):
    """A quarter with one route: names and the middle of it, WGS-84 degrees."""

    name: Named
    latitude: float
    longitude: float


AREAS: Final = (
    Area(Named("青榕里", "Banyan Court"), 22.3193, 114.1694),
    Area(Named("石鼓坊", "Stone Drum"), 22.3308, 114.1628),
    Area(Named("晴园", "Sunny Garden"), 22.3285, 114.1895),
    Area(Named("云岭", "Cloud Ridge"), 22.3417, 114.1942),
    Area(Named("古渡", "Old Ferry"), 22.3140, 114.2235),
    Area(Named("潮平", "Calm Tide"), 22.3090, 114.1712),
)

STREETS: Final = (
    Named("榕影街", "Banyan Shade Street"),
    Named("旧渡街", "Old Ferry Street"),
    Named("盐田径", "Salt Pan Path"),
    Named("灯笼街", "Lantern Street"),
    Named("石级里", "Stone Steps Lane"),
    Named("晒网道", "Net Drying Road"),
    Named("木棉巷", "Kapok Alley"),
    Named("风铃街", "Wind Chime Street"),
    Named("白鹭道", "Egret Road"),
    Named("米行街", "Rice Merchant Street"),
    Named("东岸大道", "Eastshore Avenue"),
    Named("蓝布巷", "Blue Cloth Alley"),
)

SHOP_NAMES: Final = (
    Named("兴隆", "Hing Lung"),
    Named("广利", "Kwong Lee"),
    Named("福满", "Fuk Mun"),
    Named("裕丰", "Yue Fung"),
    Named("祥记", "Cheung Kee"),
    Named("明记", "Ming Kee"),
    Named("永顺", "Wing Shun"),
    Named("合成", "Hop Shing"),
    Named("金辉", "Kam Fai"),
    Named("德昌", "Tak Cheong"),
    Named("联益", "Luen Yick"),
    Named("美华", "Mei Wah"),
    Named("东兴", "Tung Hing"),
    Named("宝来", "Po Loi"),
    Named("益民", "Yik Man"),
    Named("好彩", "Ho Choi"),
    Named("日升", "Yat Sing"),
    Named("华丰", "Wah Fung"),
    Named("南记", "Nam Kee"),
    Named("荣发", "Wing Fat"),
    Named("同乐", "Tung Lok"),
    Named("海记", "Hoi Kee"),
    Named("顺发", "Shun Fat"),
    Named("万家", "Man Ka"),
    Named("绿园", "Luk Yuen"),
    Named("晨光", "San Kwong"),
    Named("老友", "Lo Yau"),
    Named("街坊", "Kai Fong"),
    Named("拾光", "Sap Kwong"),
    Named("转角", "Corner"),
    Named("阳光", "Sunny"),
    Named("喜悦", "Joy"),
    Named("百味", "Pak Mei"),
    Named("四季", "Four Seasons Lane"),
    Named("小满", "Siu Mun"),
    Named("大榕", "Tai Yung"),
)


class ShopKind(NamedTuple):
    """A kind of shop: channel, how it is called, opening and closing minute, closed weekday (-1: none), how common."""

    channel: str
    name: Named
    opens: int
    closes: int
    closed_on: int
    weight: int


SHOP_KINDS: Final = (
    ShopKind("grocery", Named("士多", "Store"), 420, 1320, -1, 9),
    ShopKind("grocery", Named("杂货", "Grocery"), 480, 1260, -1, 6),
    ShopKind("convenience", Named("便利店", "Convenience"), 0, 1440, -1, 4),
    ShopKind("supermarket", Named("小超市", "Mini-mart"), 510, 1350, -1, 4),
    ShopKind("restaurant", Named("茶餐厅", "Tea Restaurant"), 390, 1290, -1, 6),
    ShopKind("restaurant", Named("冰室", "Café"), 420, 1140, 1, 4),
    ShopKind("restaurant", Named("面馆", "Noodle House"), 660, 1320, 2, 4),
    ShopKind("bakery", Named("饼店", "Bakery"), 420, 1230, -1, 3),
    ShopKind("newsstand", Named("报摊", "Newsstand"), 330, 1080, -1, 3),
    ShopKind("school", Named("小卖部", "Tuck Shop"), 450, 1050, 6, 2),
    ShopKind("sports", Named("球馆", "Sports Hall"), 540, 1380, -1, 2),
    ShopKind("pharmacy", Named("药房", "Pharmacy"), 570, 1290, 6, 2),
)

CHAINS: Final = (
    Named("渡口便利", "Ferrypoint Express"),
    Named("每日田", "Daily Field Market"),
)

FAMILY_NAMES: Final = (
    Named("陈", "Chan"),
    Named("李", "Lee"),
    Named("黄", "Wong"),
    Named("何", "Ho"),
    Named("林", "Lam"),
    Named("梁", "Leung"),
    Named("周", "Chow"),
    Named("吴", "Ng"),
    Named("郑", "Cheng"),
    Named("谢", "Tse"),
    Named("曾", "Tsang"),
    Named("罗", "Law"),
    Named("邓", "Tang"),
    Named("叶", "Yip"),
    Named("许", "Hui"),
    Named("冯", "Fung"),
)

GIVEN_NAMES: Final = (
    Named("秀兰", "Sau Lan"),
    Named("志强", "Chi Keung"),
    Named("美玲", "Mei Ling"),
    Named("国华", "Kwok Wah"),
    Named("婉仪", "Yuen Yee"),
    Named("家豪", "Ka Ho"),
    Named("丽珍", "Lai Chun"),
    Named("伟明", "Wai Ming"),
    Named("淑芬", "Suk Fan"),
    Named("永康", "Wing Hong"),
    Named("嘉欣", "Ka Yan"),
    Named("建业", "Kin Yip"),
    Named("凤仪", "Fung Yee"),
    Named("文辉", "Man Fai"),
)

PREFERENCES: Final = (
    "上午十点前不接待",
    "喜欢先看新品",
    "只收现金",
    "Prefers to order by the case only",
    "送货走后门",
    "请先打电话",
    "Speaks English; children at the school next door",
    "",
    "",
    "",
)

CONTACT_NOTES: Final = ("老板的太太管账", "下午三点后最空", "Knows every neighbour", "", "", "", "")

NOTES: Final = (
    "女儿今年考大学，下次问问结果。",
    "对面新开一家超市，老板担心生意。",
    "门口的灯箱坏了一角，已报修。",
    "想要夏天的太阳伞。",
    "冰箱放了别家的水，已和老板说好下周清走。",
    "周末球赛，冷饮卖得快，多备一些。",
    "The owner is away until the end of the month; ask for his brother.",
    "Asked for smaller cases of juice.",
    "Likes the new lemon tea; regulars ask for it cold.",
    "装修到月底，货架减半。",
    "老板腰伤，搬货请司机帮一把。",
    "学校放假时销量减半。",
)

PROMISES: Final = (
    "带两张新海报",
    "换一个冰箱温度计",
    "下次带新品试饮",
    "Bring the price list for next month",
    "请主管来谈陈列费",
    "补上次少送的一箱",
)

REPS: Final = (
    Named("林家豪", "Lam Ka Ho"),
    Named("何婉仪", "Ho Yuen Yee"),
    Named("郑伟明", "Cheng Wai Ming"),
    Named("叶嘉欣", "Yip Ka Yan"),
    Named("罗文辉", "Law Man Fai"),
    Named("谢美玲", "Tse Mei Ling"),
)
SPARE_REP: Final = Named("吴永康", "Ng Wing Hong")
FORMER_REP: Final = Named("曾国华", "Tsang Kwok Wah")
DRIVERS: Final = (
    Named("邓建业", "Tang Kin Yip"),
    Named("冯志强", "Fung Chi Keung"),
    Named("周伟明", "Chow Wai Ming"),
    Named("许家豪", "Hui Ka Ho"),
)
SUPERVISOR: Final = Named("梁淑芬", "Leung Suk Fan")
MANAGER: Final = Named("陈永康", "Chan Wing Hong")
CUSTODIAN: Final = Named("黄凤仪", "Wong Fung Yee")
AUDITOR: Final = Named("李文辉", "Lee Man Fai")
ADMINISTRATOR: Final = Named("罗嘉欣", "Law Ka Yan")


class Drink(NamedTuple):
    """A SKU: name, millilitres, pieces in a case, price of a piece in cents, how well it sells (1 = usual)."""

    name: Named
    volume_ml: int
    pack: int
    piece_minor: int
    pull: float


class BrandOfDrinks(NamedTuple):
    """A brand and its SKUs in the order of the packs; the last of some brands are new."""

    name: Named
    drinks: tuple[Drink, ...]
    new: int


def _packs(zh: str, en: str, *sizes: tuple[str, str, int, int, int, float]) -> tuple[Drink, ...]:
    """The SKUs of one flavour: (words of the pack, in English, ml, case, price, pull) each."""
    return tuple(
        Drink(Named(f"{zh} {pack_zh}", f"{en} {pack_en}"), ml, case, price, pull)
        for pack_zh, pack_en, ml, case, price, pull in sizes
    )


BRANDS: Final = (
    BrandOfDrinks(
        Named("东岸可乐", "Eastshore Cola"),
        _packs(
            "东岸可乐",
            "Eastshore Cola",
            ("罐装 330ml", "can 330 ml", 330, 24, 350, 2.4),
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 480, 2.0),
            ("瓶装 1.25L", "bottle 1.25 l", 1250, 12, 880, 0.9),
            ("瓶装 2L", "bottle 2 l", 2000, 6, 1180, 0.5),
        )
        + _packs(
            "东岸可乐 零糖",
            "Eastshore Cola Zero",
            ("罐装 330ml", "can 330 ml", 330, 24, 350, 1.5),
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 480, 1.2),
            ("瓶装 1.25L", "bottle 1.25 l", 1250, 12, 880, 0.4),
        )
        + _packs(
            "东岸橙味汽水",
            "Eastshore Orange",
            ("罐装 330ml", "can 330 ml", 330, 24, 340, 1.0),
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 470, 0.8),
        ),
        0,
    ),
    BrandOfDrinks(
        Named("晴柠", "Sunlime"),
        _packs(
            "晴柠 柠檬茶",
            "Sunlime Lemon Tea",
            ("纸包 250ml", "carton 250 ml", 250, 24, 280, 2.2),
            ("纸包 375ml", "carton 375 ml", 375, 24, 390, 1.3),
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 560, 1.4),
        )
        + _packs(
            "晴柠 冻柠水",
            "Sunlime Iced Lime",
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 560, 0.9),
            ("瓶装 1.5L", "bottle 1.5 l", 1500, 12, 1150, 0.4),
        )
        + _packs(
            "晴柠 咸柠七",
            "Sunlime Salted Lime Soda",
            ("罐装 330ml", "can 330 ml", 330, 24, 420, 1.1),
        ),
        1,
    ),
    BrandOfDrinks(
        Named("山溪", "Mountain Brook"),
        _packs(
            "山溪 蒸馏水",
            "Mountain Brook Water",
            ("瓶装 330ml", "bottle 330 ml", 330, 24, 220, 1.0),
            ("瓶装 750ml", "bottle 750 ml", 750, 24, 380, 2.3),
            ("瓶装 1.5L", "bottle 1.5 l", 1500, 12, 620, 1.2),
            ("桶装 4.5L", "canister 4.5 l", 4500, 4, 1580, 0.3),
        )
        + _packs(
            "山溪 气泡水",
            "Mountain Brook Sparkling",
            ("罐装 330ml", "can 330 ml", 330, 24, 390, 0.7),
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 540, 0.6),
            ("瓶装 1L", "bottle 1 l", 1000, 12, 820, 0.3),
        ),
        1,
    ),
    BrandOfDrinks(
        Named("果语", "Fruitalk"),
        _packs(
            "果语 橙汁",
            "Fruitalk Orange Juice",
            ("纸包 250ml", "carton 250 ml", 250, 24, 330, 1.2),
            ("瓶装 450ml", "bottle 450 ml", 450, 15, 680, 0.9),
            ("瓶装 1.25L", "bottle 1.25 l", 1250, 12, 1480, 0.3),
        )
        + _packs(
            "果语 苹果汁",
            "Fruitalk Apple Juice",
            ("纸包 250ml", "carton 250 ml", 250, 24, 330, 1.0),
            ("瓶装 450ml", "bottle 450 ml", 450, 15, 680, 0.7),
        )
        + _packs(
            "果语 芒果汁",
            "Fruitalk Mango",
            ("瓶装 450ml", "bottle 450 ml", 450, 15, 720, 0.6),
        ),
        0,
    ),
    BrandOfDrinks(
        Named("茶渡", "Tea Ferry"),
        _packs(
            "茶渡 无糖绿茶",
            "Tea Ferry Green, no sugar",
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 590, 1.5),
            ("瓶装 1.5L", "bottle 1.5 l", 1500, 12, 1250, 0.4),
        )
        + _packs(
            "茶渡 乌龙茶",
            "Tea Ferry Oolong",
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 590, 1.6),
            ("瓶装 1.5L", "bottle 1.5 l", 1500, 12, 1250, 0.5),
        )
        + _packs(
            "茶渡 奶茶",
            "Tea Ferry Milk Tea",
            ("罐装 250ml", "can 250 ml", 250, 24, 460, 1.1),
            ("瓶装 480ml", "bottle 480 ml", 480, 24, 690, 1.0),
        )
        + _packs(
            "茶渡 菊花茶",
            "Tea Ferry Chrysanthemum",
            ("纸包 250ml", "carton 250 ml", 250, 24, 290, 0.9),
        ),
        0,
    ),
    BrandOfDrinks(
        Named("跃动", "Leap"),
        _packs(
            "跃动 电解质饮料",
            "Leap Electrolyte",
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 650, 1.3),
            ("瓶装 900ml", "bottle 900 ml", 900, 12, 980, 0.5),
        )
        + _packs(
            "跃动 能量饮料",
            "Leap Energy",
            ("罐装 250ml", "can 250 ml", 250, 24, 780, 1.0),
            ("瓶装 500ml", "bottle 500 ml", 500, 24, 1180, 0.5),
        )
        + _packs(
            "跃动 能量饮料 零糖",
            "Leap Energy Zero",
            ("罐装 250ml", "can 250 ml", 250, 24, 780, 0.6),
        ),
        1,
    ),
)
